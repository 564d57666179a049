"""Learners that adapt by gradient steps on the support set."""
