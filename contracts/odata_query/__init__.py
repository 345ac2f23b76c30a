"""OData query options of V2 and V4 by their grammar: read to a tree, judged by a contract, printed again."""
