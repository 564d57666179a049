"""The SQL store of everything that was ever tried.

This face is light on purpose: the shipped knowledge beside it must load without a database driver. Say what
you need:

    from autometa_store.trial_store import TrialStore
"""
