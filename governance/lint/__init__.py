"""One document judged by itself: rules, each one function with its reason and its example."""
