"""Rotations, kinematics, cameras and Procrustes in pure PyTorch."""
