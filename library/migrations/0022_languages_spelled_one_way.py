"""Languages that were stored as "english", "eng" or "en-GB" get the one spelling that later ones have.

The table is a copy: what the application takes for a spelling may change, what this migration does may not. What a
shelf says of its copies stays as the shelf has it.
"""

from django.db import migrations

SPELLINGS = {
    "English": "en eng english",
    "German": "de ger deu german deutsch",
    "French": "fr fre fra french français",
    "Spanish": "es spa spanish español castilian",
    "Italian": "it ita italian italiano",
    "Dutch": "nl dut nld dutch nederlands",
    "Portuguese": "pt por portuguese português",
    "Swedish": "sv swe swedish svenska",
    "Norwegian": "no nor nb nob nn norwegian norsk",
    "Danish": "da dan danish dansk",
    "Finnish": "fi fin finnish suomi",
    "Icelandic": "is ice isl icelandic",
    "Polish": "pl pol polish polski",
    "Czech": "cs cze ces czech",
    "Slovak": "sk slo slk slovak",
    "Hungarian": "hu hun hungarian magyar",
    "Romanian": "ro rum ron romanian",
    "Bulgarian": "bg bul bulgarian",
    "Croatian": "hr hrv croatian",
    "Serbian": "sr srp serbian",
    "Greek": "el gre ell greek",
    "Russian": "ru rus russian",
    "Ukrainian": "uk ukr ukrainian",
    "Turkish": "tr tur turkish",
    "Arabic": "ar ara arabic",
    "Hebrew": "he heb hebrew",
    "Persian": "fa per fas persian farsi",
    "Hindi": "hi hin hindi",
    "Japanese": "ja jpn japanese",
    "Chinese": "zh chi zho chinese",
    "Mandarin": "mandarin",
    "Cantonese": "cantonese",
    "Korean": "ko kor korean",
    "Latin": "la lat latin",
    "Irish": "ga gle irish",
    "Welsh": "cy wel cym welsh",
    "Catalan": "ca cat catalan",
}
NAMES = {spelling: name for name, spellings in SPELLINGS.items() for spelling in spellings.split()}


def usual(language):
    told = language.strip()
    plain = told.casefold()
    region_apart = plain.replace("_", "-").split("-")[0].split(" ")[0]
    return NAMES.get(plain) or NAMES.get(region_apart) or told


def spell_one_way(apps, schema_editor):
    for name in ("Book", "Recording"):
        rows = apps.get_model("library", name).objects.using(schema_editor.connection.alias).order_by()
        for language in list(rows.values_list("language", flat=True).distinct()):
            if usual(language) != language:
                rows.filter(language=language).update(language=usual(language))


class Migration(migrations.Migration):
    dependencies = [
        ("library", "0021_what_a_shelf_switched_off_means"),
    ]

    operations = [
        migrations.RunPython(spell_one_way, migrations.RunPython.noop),
    ]
