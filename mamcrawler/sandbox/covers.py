"""Cover pictures: a colour scheme, a shape and large type, all of them the book's own."""

import hashlib
import io
import math
from collections.abc import Callable, Iterator
from functools import lru_cache
from random import Random

from PIL import Image, ImageDraw, ImageFont

SIDE = 480
MARGIN = 36
LARGEST_TYPE, SMALLEST_TYPE, AUTHOR_TYPE = 62, 26, 24
MOST_LINES = 4
ROOM = 250  # pixels that a title may be high

Colour = tuple[int, int, int]
SCHEMES = (  # above, below, shape, type
    ("#0b132b", "#3a506b", "#5bc0be", "#f4f9f9"),
    ("#2d0a31", "#92140c", "#f6ae2d", "#fff8f0"),
    ("#0f2027", "#2c5364", "#f2994a", "#fdf6e3"),
    ("#134e4a", "#0f766e", "#fcd34d", "#f0fdfa"),
    ("#1f1147", "#6d28d9", "#f472b6", "#faf5ff"),
    ("#3b0918", "#b23a48", "#fcb9b2", "#fff5f3"),
    ("#14213d", "#1d3557", "#fca311", "#f8f9fa"),
    ("#1b2d1b", "#4f772d", "#d9ed92", "#f7fbe9"),
    ("#f4e9cd", "#d9b97e", "#9c3d20", "#2b1d0e"),
    ("#dfe9f3", "#9db8d2", "#27476e", "#0d1b2a"),
    ("#111111", "#3d3d3d", "#e63946", "#f5f5f5"),
    ("#472d30", "#723d46", "#e26d5c", "#ffe1a8"),
    ("#e8f3e8", "#a3c9a8", "#50808e", "#1c2b2d"),
    ("#240046", "#5a189a", "#ff9e00", "#fff3e0"),
)


@lru_cache(maxsize=256)
def draw_cover(title: str, author: str) -> bytes:
    """Draw a square JPEG; the same words give the same picture."""
    chance = Random(hashlib.sha256(f"{title} {author}".encode()).digest())
    above, below, shape, ink = map(_rgb, chance.choice(SCHEMES))
    picture = _blended(above, below)
    layer = Image.new("L", (SIDE, SIDE))
    chance.choice(SHAPES)(ImageDraw.Draw(layer), chance)
    picture.paste(Image.new("RGB", (SIDE, SIDE), shape), mask=layer)
    _print(picture, title, author, ink=ink, ground=above)
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=85)
    return file.getvalue()


def _rgb(colour: str) -> Colour:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _blended(above: Colour, below: Colour) -> Image.Image:
    """One colour that becomes the other from top to bottom."""
    ramp = Image.linear_gradient("L").resize((SIDE, SIDE))
    return Image.composite(Image.new("RGB", (SIDE, SIDE), below), Image.new("RGB", (SIDE, SIDE), above), ramp)


def _print(picture: Image.Image, title: str, author: str, *, ink: Colour, ground: Colour) -> None:
    """Set the title at the top, as large as it fits, and the author at the foot, both on a quiet ground."""
    font, lines = _set(title)
    veil = Image.linear_gradient("L").resize((SIDE, SIDE // 2)).point(lambda value: value * 0.75)
    for shade, top in ((veil.transpose(Image.Transpose.FLIP_TOP_BOTTOM), 0), (veil, SIDE // 2)):
        picture.paste(Image.new("RGB", shade.size, ground), (0, top), shade)
    draw = ImageDraw.Draw(picture)
    draw.multiline_text((MARGIN, MARGIN), "\n".join(lines), fill=ink, font=font, spacing=font.size * 0.2)
    small = ImageFont.load_default(AUTHOR_TYPE)
    name = next((one for one in _shortened(author.upper()) if small.getlength(one) <= SIDE - 2 * MARGIN), "")
    foot = SIDE - MARGIN
    draw.line((MARGIN, foot - 42, MARGIN + 56, foot - 42), fill=ink, width=3)
    draw.text((MARGIN, foot), name, fill=ink, font=small, anchor="ls")


def _set(title: str) -> tuple[ImageFont.FreeTypeFont, list[str]]:
    """The largest type in which a title fits, and its lines; one that never fits is cut."""
    for size in range(LARGEST_TYPE, SMALLEST_TYPE - 1, -4):
        font = _type(size)
        lines = _lines(title, font)
        is_high = len(lines) > MOST_LINES or len(lines) * size * 1.25 > ROOM
        if not is_high and all(font.getlength(line) <= SIDE - 2 * MARGIN for line in lines):
            return font, lines
    return _type(SMALLEST_TYPE), _lines(title, _type(SMALLEST_TYPE))[: MOST_LINES + 2]


def _type(size: int) -> ImageFont.FreeTypeFont:
    font = ImageFont.load_default(size)
    if not isinstance(font, ImageFont.FreeTypeFont):
        raise TypeError("Pillow was built without FreeType")
    return font


def _lines(text: str, font: ImageFont.FreeTypeFont) -> list[str]:
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and font.getlength(longer) > SIDE - 2 * MARGIN:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines


def _shortened(text: str) -> Iterator[str]:
    """A text, then ever less of it."""
    yield text
    while text := text.rpartition(" ")[0].rstrip(","):
        yield f"{text} …"


def _sun(draw: ImageDraw.ImageDraw, chance: Random) -> None:
    x, y, radius = chance.randint(250, 400), chance.randint(230, 330), chance.randint(80, 130)
    for ring in range(5, 0, -1):
        reach = radius + ring * 26
        draw.ellipse((x - reach, y - reach, x + reach, y + reach), fill=22 * (6 - ring))
    draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=235)


def _mountains(draw: ImageDraw.ImageDraw, chance: Random) -> None:
    for depth, shade in ((270, 70), (330, 130), (390, 210)):
        points = [(0, SIDE), (0, depth + chance.randint(-30, 30))]
        points += [(step * SIDE // 8, depth + chance.randint(-70, 50)) for step in range(1, 9)]
        draw.polygon([*points, (SIDE, SIDE)], fill=shade)


def _waves(draw: ImageDraw.ImageDraw, chance: Random) -> None:
    length, phase = chance.randint(120, 260), chance.random() * 6
    for row in range(8):
        level = 210 + row * 34
        crest = [(x, level + 16 * math.sin(x / length * 6.283 + phase + row * 0.9)) for x in range(0, SIDE + 8, 8)]
        draw.polygon([(0, SIDE), *crest, (SIDE, SIDE)], fill=40 + row * 24)


def _stars(draw: ImageDraw.ImageDraw, chance: Random) -> None:
    for _ in range(110):
        x, y, radius = chance.randrange(SIDE), chance.randrange(SIDE), chance.choice((1, 1, 1, 2, 2, 3))
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=chance.randint(120, 255))
    x, y, radius = chance.randint(280, 400), chance.randint(260, 340), chance.randint(50, 80)
    draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=240)
    draw.arc((x - 2 * radius, y - radius // 2, x + 2 * radius, y + radius // 2), -20, 200, fill=200, width=5)


def _towers(draw: ImageDraw.ImageDraw, chance: Random) -> None:
    left = -10
    while left < SIDE:
        width, top = chance.randint(28, 64), chance.randint(220, 360)
        draw.rectangle((left, top, left + width, SIDE), fill=chance.choice((90, 130, 170, 210)))
        for row in range(top + 14, SIDE, 26):
            for column in range(left + 8, left + width - 10, 16):
                draw.rectangle((column, row, column + 6, row + 10), fill=chance.choice((0, 0, 255)))
        left += width + chance.randint(2, 8)


def _arches(draw: ImageDraw.ImageDraw, chance: Random) -> None:
    middle, foot = chance.randint(140, 340), SIDE + 60
    for number, radius in enumerate(range(300, 40, -44)):
        box = (middle - radius, foot - radius, middle + radius, foot + radius)
        draw.ellipse(box, fill=(60, 200)[number % 2])


def _blades(draw: ImageDraw.ImageDraw, chance: Random) -> None:
    x, y = chance.randint(200, 380), chance.randint(260, 340)
    turn = chance.random()
    for number in range(24):
        angle = (number + turn) * math.pi / 12
        ends = [(x + 700 * math.cos(angle + bend), y + 700 * math.sin(angle + bend)) for bend in (0, math.pi / 24)]
        draw.polygon([(x, y), *ends], fill=120)
    draw.ellipse((x - 62, y - 62, x + 62, y + 62), fill=245)


SHAPES: tuple[Callable[[ImageDraw.ImageDraw, Random], None], ...] = (
    _sun, _mountains, _waves, _stars, _towers, _arches, _blades,
)  # fmt: skip
