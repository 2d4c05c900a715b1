"""The API's root: one router an app, one shape of errors, one place for authentication."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver, re_path
from django.views.decorators.csrf import csrf_exempt
from ninja import NinjaAPI, Swagger
from ninja.errors import AuthenticationError, AuthorizationError
from ninja.openapi.schema import OpenAPISchema
from ninja.operation import Operation

from acquisition.api import router as acquisition_router
from library.api import router as library_router
from mamcrawler.api import health, problems
from mamcrawler.api.access import BearerAuth, HeaderAuth, PersonAuth
from mamcrawler.operations.api import router as operations_router
from metadata.api import router as metadata_router
from tracker.api import router as tracker_router

View = Callable[..., HttpResponse]

DESCRIPTION = """
Sign in, or send an API key as `Authorization: Bearer mamc_…` or `X-API-Key`. Reading takes the scope *read*; anything
else takes *write* and the role of a curator. Lists take `limit` and `offset` and tell the total as `count`. Errors are
problem details (RFC 9457) with a stable `code` and the `request_id` under which the log tells of them.
"""


class Api(NinjaAPI):
    """The API: every answer names its request, every refusal is a problem."""

    @property
    def urls(self) -> tuple[list[URLResolver | URLPattern], str, str]:
        """Its addresses; what is none of them is a problem too."""
        patterns, app_name, namespace = super().urls
        for pattern in patterns:
            if isinstance(pattern, URLPattern):
                pattern.callback = _answered(pattern.callback)
        return [*patterns, re_path("", _answered(_nowhere))], app_name, namespace

    def get_openapi_operation_id(self, operation: Operation) -> str:
        """The function's own name, which is unique over all routers."""
        return str(operation.view_func.__name__)

    def get_openapi_schema(
        self, *, path_prefix: str | None = None, path_params: dict[str, Any] | None = None
    ) -> OpenAPISchema:
        """The schema, with the problem that any operation may answer with."""
        schema = super().get_openapi_schema(path_prefix=path_prefix, path_params=path_params)
        schema["components"]["schemas"] |= {
            "Violation": problems.Violation.model_json_schema(),
            "Problem": problems.Problem.model_json_schema(ref_template="#/components/schemas/{model}") | {"$defs": {}},
        }
        reference = {"$ref": "#/components/schemas/Problem"}
        answer = {"description": "A problem", "content": {problems.MEDIA_TYPE: {"schema": reference}}}
        for methods in schema["paths"].values():
            for operation in methods.values():
                operation["responses"]["default"] = answer
        return schema


def _answered(view: View) -> View:
    """Name the request in the answer, and turn a bare refusal of the method into a problem."""

    @wraps(view)
    def answered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            response = view(request, *args, **kwargs)
        except Http404:
            response = problems.problem(404, "not_found", "There is no such address; /api/v1/docs lists all.")
        if response.status_code == 405:
            allowed = response["Allow"]
            response = problems.problem(405, "method_not_allowed", f"This address takes {allowed}.")
            response["Allow"] = allowed
        response["X-Request-ID"] = problems.request_id()
        return response

    return answered


@csrf_exempt
def _nowhere(_request: HttpRequest) -> HttpResponse:
    raise Http404


def _for_people_and_programs(view: View) -> View:
    """Let in who is signed in, and a program with a key: many make their client from the schema."""
    for_people = login_required(view)

    @wraps(view)
    def shown(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            has_key = any(auth(request) for auth in (BearerAuth(), HeaderAuth()))
        except (AuthenticationError, AuthorizationError) as refusal:
            return api.on_exception(request, refusal)
        return view(request, *args, **kwargs) if has_key else for_people(request, *args, **kwargs)

    return shown


api = Api(
    title="MAMcrawler",
    version=settings.VERSION,
    description=DESCRIPTION,
    urls_namespace="api",
    auth=[BearerAuth(), HeaderAuth(), PersonAuth()],
    docs=Swagger(settings={"validatorUrl": None}),  # the badge would send our address to its makers
    docs_decorator=_for_people_and_programs,
)
api.add_router("", library_router)
api.add_router("", tracker_router)
api.add_router("", acquisition_router)
api.add_router("", metadata_router)
api.add_router("", operations_router)
api.add_router("", health.router)
problems.handle_errors(api)
