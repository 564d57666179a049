"""Learners that compare queries with the support set in an embedding."""
