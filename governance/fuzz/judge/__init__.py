"""Judges of a recording: each is one question, asked of what was recorded and of nothing else."""
