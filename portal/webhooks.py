"""What providers call: verified by their channel, recorded by outreach, on disk before it is answered."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from channels.channel import UnsupportedOption, UnverifiedWebhook, WebhookRequest
from data.store.engine import writing
from outreach.outbox import record_receipts
from portal.guards import BODY
from portal.visits import Endpoint, Portal


def hook(portal: Portal) -> Endpoint:
    """A handler for `POST /hooks/<channel>`: 204 once recorded, 403 for a call that is not the provider's."""

    def answer(request: Request) -> Response:
        channel = portal.channels.get(request.path_params["channel"])
        if channel is None:
            return portal.error_page(request, 404)
        try:
            receipts = channel.parse_receipts(_call(portal, request))
        except UnverifiedWebhook:
            return portal.error_page(request, 403)
        except UnsupportedOption:
            return portal.error_page(request, 404)
        with writing(portal.engine) as connection:
            record_receipts(connection, receipts, channel=channel.capabilities, now=portal.clock())
        return Response(status_code=204)

    return answer


def _call(portal: Portal, request: Request) -> WebhookRequest:
    """The call under the public address it was signed for, which a proxy in front may have changed."""
    path, query = request.scope["path"], request.scope["query_string"].decode("latin-1")
    return WebhookRequest(
        url=f"{portal.settings.portal_url}{path}{'?' if query else ''}{query}",
        headers={name.lower(): value for name, value in request.headers.items()},
        body=request.scope[BODY],
    )
