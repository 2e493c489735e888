"""Errors that services raise at people and programs: code, place, fault, remedy."""

from __future__ import annotations

from projection.errors import Problem


class ServiceError(Exception):
    """A request that cannot be done; carries one `Problem`. Pages show it, the API sends it as JSON."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problem = problem


class BadRequestError(ServiceError):
    """What was given is wrong (HTTP 400)."""


class ConflictError(ServiceError):
    """What was given was right, but things have changed since (HTTP 409)."""


def bad_request(code: str, message: str, remedy: str = "", *, place: str = "") -> BadRequestError:
    """Make the error for a wrong request."""
    return BadRequestError(Problem(code=code, message=message, remedy=remedy, place=place))


def conflict(code: str, message: str, remedy: str = "", *, place: str = "") -> ConflictError:
    """Make the error for a request that came too late."""
    return ConflictError(Problem(code=code, message=message, remedy=remedy, place=place))
