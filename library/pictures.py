"""Covers as pictures: bytes from anywhere are checked, decoded and made into the sizes that pages show.

Whatever is no picture, or one that would cost too much to decode, is refused with a reason for a person.
"""

import hashlib
import io
from collections.abc import Mapping
from dataclasses import dataclass

from PIL import ExifTags, Image, ImageOps, UnidentifiedImageError

WIDTHS = (160, 320, 640)
"""Pixels: of a row in a list, of a card in a grid, and of the page of a book, where a screen shows two for one."""
LARGEST_BYTES = 20 * 1024 * 1024
MOST_PIXELS = 50_000_000
LEAST_SIDE = 16
MOST_LOPSIDED = 8
"""No cover is so many times as tall as it is wide, or as wide as it is tall."""

_FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP")  # what covers come as; others' decoders are never reached
_QUALITY = 80
_ON_ITS_SIDE = 5  # this orientation and the later ones swap width and height


class Unshowable(ValueError):
    """The bytes are no picture, or none that could be shown; the message says why."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A cover, ready to be kept.

    :param width: of the source in pixels, turned the right way; so is the height.
    :param sizes: a WebP file by its width in pixels.
    """

    width: int
    height: int
    sizes: Mapping[int, bytes]


def digest_of(content: bytes) -> str:
    """A name for a picture that depends on its bytes alone: 32 hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()[:32]


def widths_of(width: int) -> tuple[int, ...]:
    """The widths in which a picture of this width is kept, smallest first: it is never blown up."""
    return tuple(sorted({min(width, one) for one in WIDTHS}))


def height_at(wanted: int, *, width: int, height: int) -> int:
    """How tall a picture is when it is made so wide."""
    return max(1, round(height * wanted / width))


def read_picture(content: bytes) -> Picture:
    """Decode a picture and make its sizes; of a moving one the first moment counts.

    :raises Unshowable: with the reason, in words that finish "it ...".
    """
    if len(content) > LARGEST_BYTES:
        raise Unshowable(f"is larger than {LARGEST_BYTES // 1024**2} MB")
    try:
        with Image.open(io.BytesIO(content), formats=_FORMATS) as image:
            width, height = _measured(image)
            widest = _rendered(image, width, height)
    except Unshowable:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise Unshowable(_TOO_MANY) from error
    except UnidentifiedImageError as error:
        raise Unshowable("is no JPEG, PNG, WebP, GIF or BMP picture") from error
    except Exception as error:  # decoders meet damage with whatever they like, SyntaxError included
        raise Unshowable(f"is damaged ({_printable(error)})") from error
    return Picture(width, height, {one: _encoded(widest, one, width, height) for one in widths_of(width)})


_TOO_MANY = f"has more than {MOST_PIXELS // 1_000_000} million pixels"


def _printable(error: Exception) -> str:
    """What a decoder complains of, which may quote the damage."""
    words = "".join(letter if letter.isprintable() else "?" for letter in str(error)[:150])
    return words or type(error).__name__


def _measured(image: Image.Image) -> tuple[int, int]:
    """Width and height as a person sees them; nothing is decoded before these are found to be sane."""
    width, height = image.size
    if width * height > MOST_PIXELS:
        raise Unshowable(_TOO_MANY)
    short, long = sorted((width, height))
    if short < LEAST_SIDE:
        raise Unshowable(f"is too small for a cover: {width} by {height} pixels")
    if long > MOST_LOPSIDED * short:
        raise Unshowable(f"is too narrow for a cover: {width} by {height} pixels")
    is_on_its_side = image.getexif().get(ExifTags.Base.Orientation, 1) >= _ON_ITS_SIDE
    return (height, width) if is_on_its_side else (width, height)


def _rendered(image: Image.Image, width: int, height: int) -> Image.Image:
    """The picture in its widest size, the right way up, without transparency."""
    image.draft("RGB", (WIDTHS[-1], WIDTHS[-1]))  # a JPEG need not be decoded any larger than that
    image.load()
    if image.mode.startswith("I"):  # 16 bits of grey, of which converting would only keep the darkest
        image = image.convert("I").point(lambda value: value / 256).convert("L")
    if image.mode not in ("L", "RGB", "RGBA"):
        image = image.convert("RGBA" if image.has_transparency_data else "RGB")
    image = ImageOps.exif_transpose(image)
    widest = widths_of(width)[-1]
    size = (widest, height_at(widest, width=width, height=height))
    image = image.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)
    if not image.has_transparency_data:
        return image.convert("RGB")
    paper = Image.new("RGBA", size, "white")
    paper.alpha_composite(image.convert("RGBA"))
    return paper.convert("RGB")


def _encoded(picture: Image.Image, wanted: int, width: int, height: int) -> bytes:
    size = (wanted, height_at(wanted, width=width, height=height))
    small = picture if picture.size == size else picture.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)
    file = io.BytesIO()
    small.save(file, "WEBP", quality=_QUALITY)
    return file.getvalue()
