"""The walk over two documents: every fact outside schemas, and the places where schemas are to be compared."""
