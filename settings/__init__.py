"""Typed stack configuration: what `Pulumi.<stack>.yaml` may say, and every mistake in it at once."""

from settings.errors import ConfigurationError, Mistake
from settings.load import load_settings
from settings.model import StackSettings
from settings.service import Service

__all__ = ["ConfigurationError", "Mistake", "Service", "StackSettings", "load_settings"]
