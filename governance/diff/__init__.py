"""Two contract documents compared: facts by one walk, judgement by rules, proof where proof is possible."""
