"""What the blocks that run models on Replicate share; a prediction is started once and asked for until it is over."""
