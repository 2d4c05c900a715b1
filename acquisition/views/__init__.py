"""The pages of acquisition and what a person does there."""
