"""The pages of the library and what a person does there."""
