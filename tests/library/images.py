"""Pictures as covers come: of any size and format, each colour another file."""

from io import BytesIO

from PIL import Image


def picture(colour: str = "navy", *, size: tuple[int, int] = (400, 400), form: str = "JPEG", **options) -> bytes:
    """A picture of one colour."""
    file = BytesIO()
    Image.new("RGB", size, colour).save(file, form, **options)
    return file.getvalue()


def opened(content: bytes) -> Image.Image:
    """A picture to look at."""
    image = Image.open(BytesIO(content))
    image.load()
    return image
