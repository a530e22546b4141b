"""One purchase through a client that openapi-python-client made: set up, sell, and read what came of it.

Called with the address of a Latchkey, that of a license server, and a token.
"""

import base64
import hashlib
import hmac
import re
import sys
import time
from pathlib import Path
from typing import TypeVar

import httpx
from latchkey_api_client import AuthenticatedClient
from latchkey_api_client.api.events import get_events, get_events_id
from latchkey_api_client.api.licenses import get_licenses_id, get_licenses_id_key
from latchkey_api_client.api.set_up import (
    post_license_servers,
    post_storefronts,
    put_storefronts_id_mappings_product_path,
)
from latchkey_api_client.models import (
    CredentialState,
    EffectKind,
    EventDetail,
    EventState,
    FreeObject,
    LicenseServerKind,
    LicenseState,
    MappingBody,
    MappingBodyAttributes,
    Mode,
    NewLicenseServer,
    NewStorefront,
    Problem,
    Storefront,
    StorefrontKind,
)

SECRET = "a secret that the shop knows too"
SETTLED = {EventState.DONE, EventState.IGNORED, EventState.PARKED, EventState.DISCARDED}

T = TypeVar("T")


def served(answer: T | Problem | None) -> T:
    assert answer is not None and not isinstance(answer, Problem), answer
    return answer


def set_up(client: AuthenticatedClient, license_server: str) -> Storefront:
    account = served(
        post_license_servers.sync(
            client=client,
            body=NewLicenseServer(
                kind=LicenseServerKind.CRYPTLEX, name="Cryptlex", base_url=license_server, access_token="any"
            ),
        )
    )
    assert account.state is CredentialState.OK, account
    store = served(
        post_storefronts.sync(
            client=client,
            body=NewStorefront(
                kind=StorefrontKind.FASTSPRING,
                name="Northwind Audio",
                license_server_id=account.id,
                webhook_secret=SECRET,
                mode=Mode.LIVE,
                policy=FreeObject.from_dict({"preset": "recommended", "grace_hours": 48}),
            ),
        )
    )
    assert store.policy["preset"] == "recommended", store
    served(
        put_storefronts_id_mappings_product_path.sync(
            store.id,
            "reverb",
            client=client,
            body=MappingBody(
                license_product_id="5a9d2c10-0000-4000-8000-000000000003",
                attributes=MappingBodyAttributes.from_dict({"metadata_zone": "north"}),
            ),
        )
    )
    return store


def sell(webhook_url: str, order: Path) -> str:
    body = order.read_bytes()
    signature = base64.b64encode(hmac.new(SECRET.encode(), body, hashlib.sha256).digest()).decode()
    answer = httpx.post(webhook_url, content=body, headers={"X-FS-Signature": signature})
    assert answer.status_code == 200, answer.text
    return answer.text.strip()


def settled(client: AuthenticatedClient, source_id: str) -> EventDetail:
    for _ in range(100):
        for event in served(get_events.sync(client=client, limit=10)).items:
            if event.source_event_id == source_id and event.state in SETTLED:
                return served(get_events_id.sync(event.id, client=client))
        time.sleep(0.1)
    raise AssertionError("the order was not settled in 10 s")


def main(url: str, license_server: str, token: str, order: str) -> None:
    client = AuthenticatedClient(base_url=f"{url}/api/v1", token=token)
    store = set_up(client, license_server)
    event = settled(client, sell(store.webhook_url, Path(order)))
    assert event.state is EventState.DONE, event.reason
    assert isinstance(event.payload, FreeObject) and event.payload["type"] == "order.completed", event.payload
    issued = next(effect for effect in event.effects if effect.kind is EffectKind.ISSUE)
    assert served(get_licenses_id.sync(issued.license_id, client=client)).state is LicenseState.ACTIVE
    key = served(get_licenses_id_key.sync(issued.license_id, client=client)).key
    assert re.fullmatch(r"[0-9A-F]{6}(-[0-9A-F]{6}){5}", key), key


if __name__ == "__main__":
    main(*sys.argv[1:])
