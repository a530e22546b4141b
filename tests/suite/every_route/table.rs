//! What each route may be asked for by name: the table that a new route joins.
//!
//! Beside a route stand the queries (`?…`), JSON bodies (`{"…`) and forms that name something.
//! `{store}` stands for the id of a company's store. In an address, and with a `!` elsewhere, another company's is not
//! found; without it finds nothing.
//! The filters of the API's lists stand in its own document and are read there.

/// Words of one's own, which are nobody's name.
pub const OWN_WORDS: [&str; 6] = [
    "name",
    "own_account",
    "password",
    "product_path",
    "secret",
    "word",
];

/// Where what is gone and what is another company's look alike: the list is shown that no longer holds it.
pub const LOOK_LIKE_SETTLED: [&str; 2] = [
    "POST /to-fix/{problem}/approve",
    "POST /to-fix/{problem}/drop",
];

/// Forms of whoever is not signed in: they take a stranger's token, and a link of nobody's is not served.
pub const FOR_STRANGERS: [&str; 3] = ["POST /sign-in", "POST /sign-up", "POST /prove/{secret}"];

/// Forms that stand here as nobody would fill them in; their pages show them again.
pub const FILLED_WRONGLY: [&str; 2] = [
    "POST /setup/accounts",
    "POST /setup/stores/{store}/shop/pretend",
];

/// What every route is asked, in this order: what takes something away comes last.
pub const ROUTES: &[(&str, &[&str])] = &[
    // Probes, and what the shop calls.
    ("GET /healthz", &[]),
    ("GET /readyz", &[]),
    ("POST /hooks/{token}", &[]),
    (
        "POST /hooks/{token}/license",
        &["product=reverb&reference={reference}"],
    ),
    (
        "POST /hooks/{token}/license/{product_path}",
        &["reference={reference}"],
    ),
    // Pages.
    ("GET /static/{name}", &[]),
    ("GET /sign-in", &["?next=/activity/{event}"]),
    ("GET /sign-up", &[]),
    ("POST /sign-in", &[]),
    ("POST /sign-up", &[]),
    ("GET /prove/{secret}", &[]),
    ("POST /prove/{secret}", &["password={word}"]),
    ("POST /theme", &["theme=dark"]),
    ("POST /company", &["company={tenant!}"]),
    ("GET /", &[]),
    ("GET /overview/live", &[]),
    (
        "GET /activity",
        &[
            "?q={order}",
            "?store={store}",
            "?order={order}",
            "?subscription={subscription}",
            "?about={product}",
            "?cursor=4102444800000000.{event}",
        ],
    ),
    (
        "GET /activity/live",
        &[
            "?q={key}",
            "?store={store}",
            "?order={order}",
            "?subscription={subscription}",
            "?about={product}",
        ],
    ),
    ("GET /activity/{event}", &[]),
    ("GET /activity/{event}/live/head", &[]),
    ("GET /activity/{event}/live/steps", &[]),
    ("GET /find", &["?q={order}", "?q={email}", "?q={key}"]),
    (
        "GET /customers",
        &["?q={email}", "?cursor=4102444800000000.{customer}"],
    ),
    ("GET /customers/{customer}", &[]),
    (
        "GET /licenses",
        &[
            "?q={key}",
            "?product={product}",
            "?cursor=4102444800000000.{license}",
        ],
    ),
    ("GET /licenses/{license}", &[]),
    ("GET /licenses/{license}/machines", &[]),
    ("GET /to-fix", &[]),
    ("GET /products", &["?store={store}"]),
    ("GET /products/{store}", &["?path={product}"]),
    ("GET /setup", &[]),
    ("GET /setup/who-did-what", &["?cursor={act}"]),
    ("GET /setup/tokens", &[]),
    ("GET /setup/stores/new", &["?account={account}"]),
    ("GET /setup/stores/{store}", &[]),
    ("GET /setup/stores/{store}/shop", &[]),
    ("GET /setup/accounts/new", &[]),
    ("GET /setup/accounts/{account}", &[]),
    (
        "POST /activity/run-again",
        &[
            "q={order}",
            "store={store}",
            "order={order}",
            "subscription={subscription}",
        ],
    ),
    ("POST /activity/{event}/keys", &[]),
    ("POST /activity/{event}/run-again", &[]),
    ("POST /activity/{event}/set-aside", &[]),
    ("POST /activity/{event}/pick", &["license={remote_license}"]),
    ("POST /activity/{event}/approve", &[]),
    ("POST /activity/{event}/drop", &[]),
    ("POST /to-fix/{problem}/approve", &[]),
    ("POST /to-fix/{problem}/drop", &[]),
    (
        "POST /licenses/{license}/more-days",
        &["standing=x&customer={customer}"],
    ),
    (
        "POST /licenses/{license}/lift",
        &["standing=x&customer={customer}"],
    ),
    (
        "POST /products/{store}",
        &["product_path={word}-new&license_product_id=nothing"],
    ),
    ("POST /products/{store}/never", &["product_path={word}-new"]),
    (
        "POST /products/{store}/forget",
        &["product_path={word}-new"],
    ),
    ("POST /setup/prove", &[]),
    (
        "POST /setup/tokens",
        &["name=New&events:read=yes&password={password}"],
    ),
    (
        "POST /setup/stores",
        &["name=New&mode=shadow&preset=cryptlex&license_server_id={account!}"],
    ),
    ("POST /setup/stores/{store}/mode", &["mode=live"]),
    ("POST /setup/stores/{store}/compare", &[]),
    (
        "POST /setup/stores/{store}/shop",
        &["password={password}&test_license_server_id={account!}"],
    ),
    ("POST /setup/stores/{store}/shop/check", &[]),
    (
        "POST /setup/stores/{store}/shop/pretend",
        &["scenario=one_time"],
    ),
    (
        "POST /setup/stores/{store}/rotate-secret",
        &["password={password}&webhook_secret={secret}"],
    ),
    ("POST /setup/accounts", &["name=&base_url=&access_token="]),
    ("POST /setup/accounts/{account}/check", &[]),
    (
        "POST /setup/accounts/{account}/token",
        &["password={password}&access_token=token-1"],
    ),
    // The API.
    ("GET /api/openapi.json", &[]),
    ("GET /api/docs", &[]),
    ("GET /api/v1/me", &[]),
    ("GET /api/v1/audit", &[]),
    ("GET /api/v1/license-servers", &[]),
    ("GET /api/v1/license-servers/{id}", &[]),
    ("GET /api/v1/license-servers/{id}/products", &[]),
    ("GET /api/v1/license-servers/{id}/templates", &[]),
    ("GET /api/v1/license-servers/{id}/entitlement-sets", &[]),
    ("GET /api/v1/license-servers/{id}/features", &[]),
    ("GET /api/v1/storefronts", &[]),
    ("GET /api/v1/storefronts/{id}", &[]),
    ("GET /api/v1/storefronts/{id}/products", &[]),
    ("GET /api/v1/storefronts/{id}/mappings", &[]),
    ("GET /api/v1/storefronts/{id}/catalog-check", &[]),
    ("GET /api/v1/events", &[]),
    ("GET /api/v1/events/{id}", &[]),
    ("GET /api/v1/problems", &[]),
    ("GET /api/v1/deliveries", &[]),
    ("GET /api/v1/jobs/{id}", &[]),
    ("GET /api/v1/takeovers", &[]),
    ("GET /api/v1/stats", &[]),
    ("GET /api/v1/licenses", &[]),
    ("GET /api/v1/licenses/{id}", &[]),
    ("GET /api/v1/licenses/{id}/key", &[]),
    ("GET /api/v1/licenses/{id}/history", &[]),
    ("GET /api/v1/orders/{id}/licenses", &[]),
    ("GET /api/v1/customers", &[]),
    ("GET /api/v1/customers/{id}", &[]),
    ("POST /api/v1/storefronts/{id}/plan", &["{\"events\": []}"]),
    ("POST /api/v1/storefronts/{id}/check-api", &[]),
    (
        "POST /api/v1/storefronts/{id}/simulate",
        &["{\"scenario\": \"one_time\", \"product_path\": \"\"}"],
    ),
    (
        "POST /api/v1/storefronts/{id}/rotate-secret",
        &["{\"webhook_secret\": \"{secret}\"}"],
    ),
    ("POST /api/v1/license-servers/{id}/check", &[]),
    (
        "POST /api/v1/license-servers",
        &["{\"kind\": \"cryptlex\"}"],
    ),
    (
        "POST /api/v1/storefronts",
        &[
            "{\"kind\": \"fastspring\", \"name\": \"New\", \"license_server_id\": \"{account!}\"}",
            "{\"kind\": \"fastspring\", \"name\": \"New\", \"license_server_id\": \"{own_account}\", \"test_license_server_id\": \"{account!}\"}",
        ],
    ),
    (
        "PATCH /api/v1/storefronts/{id}",
        &[
            "{\"license_server_id\": \"{account!}\"}",
            "{\"test_license_server_id\": \"{account!}\"}",
        ],
    ),
    (
        "PATCH /api/v1/license-servers/{id}",
        &["{\"name\": \"Another name\"}"],
    ),
    (
        "PUT /api/v1/storefronts/{id}/mappings/{product_path}",
        &["{\"license_product_id\": \"x\", \"license_template_id\": \"x\"}"],
    ),
    (
        "POST /api/v1/events/replay",
        &[
            "{\"filter\": {\"storefront_id\": \"{store}\"}}",
            "{\"filter\": {\"order_id\": \"{order}\"}}",
            "{\"filter\": {\"subscription_id\": \"{subscription}\"}}",
            "{\"filter\": {\"license_id\": \"{license}\"}}",
            "{\"filter\": {\"email\": \"{email}\"}}",
            "{\"filter\": {\"q\": \"{key}\"}}",
        ],
    ),
    ("POST /api/v1/events/{id}/replay", &[]),
    ("POST /api/v1/events/{id}/discard", &[]),
    (
        "POST /api/v1/events/{id}/link",
        &["{\"remote_license_id\": \"nothing\"}"],
    ),
    ("POST /api/v1/events/{id}/approve", &[]),
    ("POST /api/v1/events/{id}/drop", &[]),
    ("POST /api/v1/problems/{id}/approve", &[]),
    ("POST /api/v1/problems/{id}/drop", &[]),
    (
        "POST /api/v1/reconciliations",
        &[
            "{\"filter\": {\"storefront_id\": \"{store}\"}}",
            "{\"filter\": {\"order_id\": \"{order}\"}}",
            "{\"filter\": {\"email\": \"{email}\"}}",
            "{\"filter\": {\"q\": \"{key}\"}}",
        ],
    ),
    (
        "POST /api/v1/interval-migrations",
        &["{\"storefront_id\": \"{store!}\", \"dry_run\": true}"],
    ),
    (
        "POST /api/v1/takeovers",
        &["{\"storefront_id\": \"{store!}\"}"],
    ),
    // What takes something away.
    ("POST /setup/stores/{store}/rules", &["preset=cryptlex"]),
    (
        "DELETE /api/v1/storefronts/{id}/mappings/{product_path}",
        &[],
    ),
    ("DELETE /api/v1/storefronts/{id}", &[]),
    ("DELETE /api/v1/license-servers/{id}", &[]),
    ("POST /setup/tokens/{token}/revoke", &[]),
    ("POST /sign-out", &[]),
];
