"""Pictures from anywhere become covers, or are refused with a reason."""

import os
import struct
from contextlib import suppress
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from library import pictures
from library.pictures import Unshowable, read_picture, widths_of
from tests.library.images import opened, picture

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP")


def sizes_of(content):
    return {width: opened(file).size for width, file in read_picture(content).sizes.items()}


def saved(image, form="PNG", **options):
    file = BytesIO()
    image.save(file, form, **options)
    return file.getvalue()


@pytest.mark.parametrize("form", FORMATS)
def test_every_usual_format_becomes_webp_in_three_sizes(form):
    made = read_picture(picture("red", size=(1000, 1500), form=form))

    assert (made.width, made.height) == (1000, 1500)
    images = {width: opened(file) for width, file in made.sizes.items()}
    assert {width: image.size for width, image in images.items()} == {
        160: (160, 240),
        320: (320, 480),
        640: (640, 960),
    }
    assert {image.format for image in images.values()} == {"WEBP"}
    red, green, blue = images[160].getpixel((80, 120))
    assert red > 240
    assert green < 20
    assert blue < 20


@pytest.mark.parametrize(
    ("width", "kept"),
    [(3000, (160, 320, 640)), (640, (160, 320, 640)), (400, (160, 320, 400)), (320, (160, 320)), (90, (90,))],
)
def test_a_picture_is_never_blown_up(width, kept):
    assert widths_of(width) == kept
    assert tuple(sizes_of(picture(size=(width, width)))) == kept


def test_the_same_bytes_have_the_same_name():
    assert pictures.digest_of(picture("red")) == pictures.digest_of(picture("red")) != pictures.digest_of(picture())


def test_a_photograph_taken_on_its_side_stands_upright():
    exif = Image.Exif()
    exif[0x0112] = 6
    image = Image.new("RGB", (800, 400), "white")
    image.paste("black", (0, 0, 100, 400))  # its left becomes its top

    made = read_picture(saved(image, "JPEG", exif=exif, quality=95))

    upright = opened(made.sizes[160])
    assert (made.width, made.height, upright.size) == (400, 800, (160, 320))
    assert upright.getpixel((80, 5))[0] < 40
    assert upright.getpixel((80, 300))[0] > 215


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "CMYK", "YCbCr", "I;16"])
def test_every_kind_of_colour_can_be_shown(mode):
    grey = Image.new("I;16", (200, 200), 128 * 256) if mode == "I;16" else Image.new("L", (200, 200), 128).convert(mode)

    made = read_picture(saved(grey, "JPEG" if mode in {"CMYK", "YCbCr"} else "PNG"))

    shown = opened(made.sizes[160]).convert("RGB").resize((1, 1), Image.Resampling.BOX).getpixel((0, 0))
    assert all(108 < value < 148 for value in shown), shown


def test_what_is_transparent_becomes_white():
    made = read_picture(saved(Image.new("RGBA", (200, 200), (255, 0, 0, 0))))

    assert opened(made.sizes[160]).getpixel((80, 80)) == (255, 255, 255)


def test_of_a_moving_picture_the_first_moment_is_shown():
    later = [Image.new("RGB", (200, 200), "white")]

    made = read_picture(saved(Image.new("RGB", (200, 200), "black"), "GIF", save_all=True, append_images=later))

    assert opened(made.sizes[160]).getpixel((80, 80)) == (0, 0, 0)


@pytest.mark.parametrize("content", [b"", b"<html>no</html>", b"%!PS-Adobe-3.0", b"\0" * 5000, b"%PDF-1.7"])
def test_what_is_no_picture_is_refused(content):
    with pytest.raises(Unshowable, match="is no JPEG, PNG, WebP, GIF or BMP picture"):
        read_picture(content)


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("share", [0.3, 0.9])
def test_a_picture_that_was_cut_off_is_refused(form, share):
    noise = saved(Image.effect_noise((300, 300), 80).convert("RGB"), form)

    with pytest.raises(Unshowable, match="is damaged"):
        read_picture(noise[: int(len(noise) * share)])


@pytest.mark.parametrize("form", FORMATS)
@given(data=st.data())
def test_no_damage_gets_past_as_another_error(form, data):
    content = bytearray(picture(size=(40, 40), form=form))
    for _ in range(data.draw(st.integers(1, 12))):
        content[data.draw(st.integers(0, min(len(content), 300) - 1))] = data.draw(st.integers(0, 255))

    with suppress(Unshowable):
        assert read_picture(bytes(content)).sizes


@pytest.mark.parametrize(
    ("size", "why"),
    [
        ((10_000, 5_001), "has more than 50 million pixels"),
        ((20_000, 20_000), "has more than 50 million pixels"),
        ((15, 200), "is too small for a cover: 15 by 200 pixels"),
        ((2_000, 100), "is too narrow for a cover: 2000 by 100 pixels"),
    ],
)
def test_a_picture_that_no_cover_has_the_size_of_is_refused_before_it_is_decoded(size, why, monkeypatch):
    bomb = bytearray(picture(form="BMP"))
    bomb[18:26] = struct.pack("<ii", *size)  # it only says so
    Image.init()  # some of Pillow's formats decode a picture of their own when they are first loaded
    monkeypatch.setattr(Image.Image, "load", lambda *_: pytest.fail("it was decoded"))

    with pytest.raises(Unshowable, match=why):
        read_picture(bytes(bomb))


def test_the_largest_picture_allowed_is_shown():
    assert sizes_of(saved(Image.new("1", (10_000, 5_000))))[640] == (640, 320)


def test_more_than_twenty_megabytes_are_refused_unread():
    with pytest.raises(Unshowable, match="is larger than 20 MB"):
        read_picture(os.urandom(20 * 1024 * 1024 + 1))
