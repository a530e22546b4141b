// One purchase through a client that openapi-typescript made: set up, sell, and read what came of it.
// Called with the address of a Latchkey, that of a license server, and a token.

import { strict as assert } from "node:assert";
import { createHmac } from "node:crypto";
import { readFile } from "node:fs/promises";
import { setTimeout } from "node:timers/promises";

import createClient from "openapi-fetch";

import type { components, paths } from "./api.js";

type EventState = components["schemas"]["EventState"];
type Rules = components["schemas"]["NewStorefront"]["policy"];

const [url = "", licenseServer = "", token = "", order = ""] = process.argv.slice(2);
const SECRET = "a secret that the shop knows too";
const SETTLED: readonly EventState[] = ["done", "ignored", "parked", "discarded"];

const client = createClient<paths>({
  baseUrl: `${url}/api/v1`,
  headers: { Authorization: `Bearer ${token}` },
});

async function setUp(): Promise<components["schemas"]["Storefront"]> {
  const account = await client.POST("/license-servers", {
    body: { kind: "cryptlex", name: "Cryptlex", base_url: licenseServer, access_token: "any" },
  });
  assert(account.data, JSON.stringify(account.error));
  assert.equal(account.data.state, "ok");
  const policy: Rules = { preset: "recommended", grace_hours: 48 };
  const store = await client.POST("/storefronts", {
    body: {
      kind: "fastspring",
      name: "Northwind Audio",
      license_server_id: account.data.id,
      webhook_secret: SECRET,
      mode: "live",
      policy,
    },
  });
  assert(store.data, JSON.stringify(store.error));
  assert.equal(store.data.policy["preset"], "recommended");
  const mapping = await client.PUT("/storefronts/{id}/mappings/{product_path}", {
    params: { path: { id: store.data.id, product_path: "reverb" } },
    body: {
      license_product_id: "5a9d2c10-0000-4000-8000-000000000003",
      attributes: { metadata_zone: "north" },
    },
  });
  assert(mapping.data, JSON.stringify(mapping.error));
  return store.data;
}

async function sell(webhookUrl: string): Promise<string> {
  const body = await readFile(order, "utf8");
  const signature = createHmac("sha256", SECRET).update(body).digest("base64");
  const answer = await fetch(webhookUrl, {
    method: "POST",
    headers: { "X-FS-Signature": signature },
    body,
  });
  assert.equal(answer.status, 200, await answer.clone().text());
  return (await answer.text()).trim();
}

async function settled(sourceId: string): Promise<components["schemas"]["EventDetail"]> {
  for (let left = 100; left > 0; left--) {
    const list = await client.GET("/events", { params: { query: { limit: 10 } } });
    const event = list.data?.items.find((one) => one.source_event_id === sourceId);
    if (event && SETTLED.includes(event.state)) {
      const detail = await client.GET("/events/{id}", { params: { path: { id: event.id } } });
      assert(detail.data, JSON.stringify(detail.error));
      return detail.data;
    }
    await setTimeout(100);
  }
  throw new Error("the order was not settled in 10 s");
}

const store = await setUp();
const event = await settled(await sell(store.webhook_url));
assert.equal(event.state, "done", JSON.stringify(event.reason));
assert.equal(event.payload?.["type"], "order.completed");
const issued = event.effects.find((effect) => effect.kind === "issue");
assert(issued);
const license = await client.GET("/licenses/{id}", { params: { path: { id: issued.license_id } } });
assert.equal(license.data?.state, "active");
const key = await client.GET("/licenses/{id}/key", { params: { path: { id: issued.license_id } } });
assert.match(key.data?.key ?? "", /^[0-9A-F]{6}(-[0-9A-F]{6}){5}$/);
const refused = await client.GET("/events", { params: { query: { received_after: "yesterday" } } });
assert.equal(refused.error?.code, "invalid");
