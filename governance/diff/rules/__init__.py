"""How changes are judged: one file an area, each with its table `RULES`; `table.py` collects them."""
