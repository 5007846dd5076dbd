"""The main job from a command line: files in, unified profiles out, and what they tell, as tables."""
