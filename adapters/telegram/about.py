"""What the bot says about itself in Telegram, by language: under its name, and before the first word. Data."""

from typing import Final, NamedTuple


class About(NamedTuple):
    """`short`: on the bot's page and in links, 120 characters. `long`: in the empty chat, 512 characters."""

    short: str
    long: str


ABOUT: Final[dict[str, About]] = {
    "en": About(
        "Small lessons and questions from your workplace. A few minutes a day, right here.",
        "I bring you small lessons and questions from your workplace: a few minutes a day, here in the chat.\n\n"
        "Tap Start, and I will show you how it works. If you have an invitation code, keep it at hand.",
    ),
    "de": About(
        "Kleine Lektionen und Fragen aus deinem Betrieb. Ein paar Minuten am Tag, gleich hier.",
        "Ich bringe dir kleine Lektionen und Fragen aus deinem Betrieb: ein paar Minuten am Tag, hier im Chat.\n\n"
        "Tippe auf Starten, dann zeige ich dir, wie es geht. Hast du einen Einladungscode, halte ihn bereit.",
    ),
    "es": About(
        "Pequeñas lecciones y preguntas de tu trabajo. Unos minutos al día, aquí mismo.",
        "Te traigo pequeñas lecciones y preguntas de tu trabajo: unos minutos al día, aquí en el chat.\n\n"
        "Toca Iniciar y te enseño cómo funciona. Si tienes un código de invitación, tenlo a mano.",
    ),
}
