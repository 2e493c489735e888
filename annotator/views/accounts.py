"""Logging in and out, the account page, API tokens."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth import authenticate, login, logout, update_session_auth_hash
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST
from sesame.utils import get_user

from annotator import access
from annotator.forms.accounts import LogInForm, PasswordForm
from annotator.services import accounts

LINK_FAULT = gettext_lazy(
    "This login link was used already or is too old. Ask for a new one, or log in with your password."
)


def _next_url(request: HttpRequest) -> str:
    """Where to go after logging in: only to addresses of this server."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    is_ours = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if is_ours else "project-list"


@never_cache
def log_in(request: HttpRequest) -> HttpResponse:
    """Log in with name and password."""
    if request.user.is_authenticated:
        return redirect(_next_url(request))
    form = LogInForm(request.POST or None)
    if form.is_valid():
        user = authenticate(request, **form.cleaned_data)
        if user is not None:
            login(request, user)
            return redirect(_next_url(request))
        form.add_error(None, _("The user name and password do not belong together."))
    return render(request, "accounts/login.html", {"form": form, "next": request.GET.get("next", "")})


@never_cache
@require_GET
def log_in_by_link(request: HttpRequest) -> HttpResponse:
    """Log in with a one-time link."""
    user = get_user(request)
    if user is None:
        messages.error(request, LINK_FAULT)
        return redirect("account-login")
    login(request, user, backend="sesame.backends.ModelBackend")
    return redirect(_next_url(request))


@require_POST
def log_out(request: HttpRequest) -> HttpResponse:
    """Log out."""
    logout(request)
    return redirect("account-login")


@login_required
@require_GET
def show_account(request: HttpRequest) -> HttpResponse:
    """The account and how programs use it."""
    return _account_page(request, PasswordForm(access.get_account(request.user)))


def _account_page(request: HttpRequest, form: PasswordForm, **extra: object) -> HttpResponse:
    context = {"form": form, "has_token": accounts.has_token(user=access.get_account(request.user)), **extra}
    return render(request, "accounts/account.html", context, status=400 if form.errors else 200)


@login_required
@require_POST
def set_password(request: HttpRequest) -> HttpResponse:
    """Choose a password, for logging in without a link."""
    user = access.get_account(request.user)
    form = PasswordForm(user, request.POST)
    if not form.is_valid():
        return _account_page(request, form)
    accounts.set_password(user=user, password=form.cleaned_data["password"])
    update_session_auth_hash(request, user)
    messages.success(request, _("Your password is set."))
    return redirect("account-detail")


@login_required
@require_POST
def create_token(request: HttpRequest) -> HttpResponse:
    """Make a new API token, shown once; the old one stops working."""
    key = accounts.create_token(user=access.get_account(request.user))
    return _account_page(request, PasswordForm(access.get_account(request.user)), new_token=key)
