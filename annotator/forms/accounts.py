"""Logging in."""

from __future__ import annotations

from django import forms


class LogInForm(forms.Form):
    """Name and password."""

    username = forms.CharField(label="User name", widget=forms.TextInput(attrs={"autocomplete": "username"}))
    password = forms.CharField(widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}))
