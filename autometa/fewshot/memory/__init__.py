"""Learners that read the support set as a sequence or into a memory."""
