"""The portal: what consumers find of the gateway without asking anybody, in a browser or for their tools."""
