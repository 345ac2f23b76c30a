"""Schemas compared as sets of messages: normal forms, differences, questions, proofs."""
