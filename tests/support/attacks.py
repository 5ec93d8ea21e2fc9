"""Model text that tries to run, fetch, link or forge something.

`{beacon}` becomes the address of a listener on loopback, different for each attack; `{run}` is a script that
must not run.
"""

from __future__ import annotations

__all__ = ["ATTACKS", "attacks_at"]

_WORDS = {
    "{run}": "window.pwned=1",
    "{linker}": 'data-commandlinker-command="help:about" data-commandlinker-args="{}"',
    "{long}": "l" * 1001,
}

_HTML = {
    "script": "<script>{run};fetch('{beacon}')</script>",
    "script-src": "<script src='{beacon}'></script>",
    "script-upper": "<ScRiPt\n>{run}</sCrIpT >",
    "script-in-paragraph": "Words <script>{run}</script> and **more**.",
    "script-after-fence": "```\ncode\n```\n<script>{run}</script>",
    "script-unclosed": "<script>{run}//",
    "script-slash": "<script/x>{run}</script>",
    "script-nested": "<scr<script>ipt>{run}</scr</script>ipt>",
    "img-onerror": "<img src=x onerror=\"{run};fetch('{beacon}')\">",
    "img-onerror-slashes": "<img/src=x/onerror={run}>",
    "img-unclosed": "<img src='{beacon}' ",
    "img-srcset": '<img srcset="{beacon} 1x, {beacon}2 2x">',
    "picture": '<picture><source srcset="{beacon}"><img src="data:,"></picture>',
    "img-in-table": "| a |\n|---|\n| <img src='{beacon}'> |",
    "img-in-list": "- one\n- <img src='{beacon}'>\n",
    "img-in-quote": "> <img src='{beacon}'>\n",
    "img-in-heading": "# Title <img src='{beacon}'>\n\nText",
    "img-in-alt": '![<img src="{beacon}">](x "<img src={beacon}>")',
    "details-ontoggle": "<details open ontoggle={run}><summary>more</summary>text</details>",
    "focus": '<input autofocus onfocus="{run}"><a href=# tabindex=0 onfocus={run}>x</a>',
    "hover": '<b onmouseover="{run}" onpointerenter="{run}">hover here</b>',
    "animation": "<style>@keyframes x{}</style><b style='animation-name:x' onanimationstart='{run}'>x</b>",
    "body-onload": "<body onload={run}><body background='{beacon}'>",
    "meta-refresh": '<meta http-equiv="refresh" content="0;url={beacon}">',
    "base": '<base href="{beacon}/">',
    "style-import": "<style>@import '{beacon}'; * {background: url({beacon})}</style>",
    "style-attribute": '<p style="background:url({beacon})">styled</p>',
    "style-markdown": "<style>\n\n.jp-Notebook {display: none}\n\n</style>",
    "link-stylesheet": '<link rel="stylesheet" href="{beacon}"><link rel=prefetch href="{beacon}">',
    "svg-onload": "<svg onload={run}><image href='{beacon}'/></svg>",
    "svg-script": "<svg><script>{run}</script></svg>",
    "svg-use": "<svg><use href='{beacon}#x'/></svg>",
    "svg-animate": "<svg><a><animate attributeName=href values='javascript:{run}'/><text>x</text></a></svg>",
    "math-href": "<math href='javascript:{run}'><mi>click</mi></math>",
    "math-action": "<math><maction actiontype='statusline' xlink:href='javascript:{run}'>x</maction></math>",
    "mxss-style": "<svg></p><style><a id='</style><img src=1 onerror={run}>'>",
    "mxss-mglyph": "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;"
    "&lt;img src=1 onerror={run}&gt;'>",
    "mxss-noscript": "<noscript><p title='</noscript><img src=x onerror={run}>'>",
    "mxss-title": "<title><a title='</title><img src=x onerror={run}>'></title>",
    "mxss-comment": "<!--><img src=x onerror={run}>-->\n\n<!-- --!><img src='{beacon}'>-->",
    "mxss-backtick": "<a title='`<img src=x onerror={run}>`'>x</a>",
    "mxss-select": "<select><template><style><!--</style><a rel='--><img src "
    "onerror={run}>'></template></select>",
    "cdata": "<![CDATA[<img src=x onerror={run}>]]>",
    "processing": "<?php <img src=x onerror={run}> ?>",
    "declaration": "<!DOCTYPE x [<img src=x onerror={run}>]>",
    "iframe": "<iframe src='{beacon}'></iframe>",
    "iframe-srcdoc": "<iframe srcdoc='&lt;script&gt;parent.{run}&lt;/script&gt;'></iframe>",
    "iframe-javascript": "<iframe src='javascript:parent.{run}'></iframe>",
    "object": "<object data='{beacon}'></object><embed src='{beacon}'><applet code='{beacon}'></applet>",
    "form": "<form action='{beacon}'><input name=q value=s><button>Go</button></form>",
    "formaction": "<form><button formaction='javascript:{run}'>Go</button></form>",
    "audio-video": "<audio src='{beacon}' autoplay></audio><video poster='{beacon}'><source "
    "src='{beacon}'></video>",
    "video-onerror": "<video><source onerror='{run}'></video><track src='{beacon}'>",
    "table-background": "<table background='{beacon}'><tr><td background='{beacon}'>x</td></tr></table>",
    "input-image": "<input type=image src='{beacon}'>",
    "ping": "<a href='#' ping='{beacon}'>x</a>",
    "portal-frame": "<frameset><frame src='{beacon}'></frameset>",
    "template-shadow": "<div><template shadowrootmode=open><img src='{beacon}'></template></div>",
    "clobber": "<img name=cookie><form id=jupyterapp name=body></form><a id=pwned href='x:y'>",
    "clobber-config": '<script id="jupyter-config-data" type="application/json">{"baseUrl": '
    '"{beacon}"}</script>',
    "clobber-heading": "# jupyter-config-data\n\n## main\n\n### body {#cookie}\n",
    "command-button": "<button {linker}>Run</button>",
    "command-link": '<a href="#" {linker}>Read more</a>',
    "command-markdown": '[Read](https://example.org "x" {linker})',
    "command-in-text": "data-commandlinker-command [x](https://example.org){ {linker} }",
    "tag-entity": "&lt;script&gt;{run}&lt;/script&gt; &#60;img src='{beacon}'&#62; &#x3c;b&#x3e;",
    "tag-escaped": "\\<img src=x onerror={run}> \\\\<img src='{beacon}'>",
    "tag-newlines": "<img\nsrc='{beacon}'\nonerror\n=\n{run}\n>",
    "tag-blank-line": "<img\n\nsrc='{beacon}' onerror={run}>",
    "tag-in-code": "`<img src=x onerror={run}>` ``<script>{run}</script>`` `unclosed <img src='{beacon}'>",
    "tag-in-indented-code": "    <script>{run}</script>\n\n<b>x",
    "tag-controls": "<\x00script>{run}</script><im\x00g src='{beacon}'><\x0cimg src=x onerror={run}>",
    "tag-full-width": "\uff1cscript\uff1e{run}\uff1c/script\uff1e <\u200bimg src='{beacon}'>",
}

_LINKS = {
    "link-javascript": "[x](javascript:{run})",
    "link-javascript-case": "[x](JaVaScRiPt:{run})",
    "link-javascript-space": "[x]( javascript:{run}) [y](<  javascript:{run}>)",
    "link-javascript-tab": "[x](java\tscript:{run}) [y](<java\tscript:{run}>)",
    "link-javascript-newline": "[x](java\nscript:{run}) [y](java&NewLine;script:{run})",
    "link-javascript-entity": "[x](&#106;avascript:{run}) [y](javascript&colon;{run}) "
    "[z](&#x6A;ava&Tab;script:{run})",
    "link-javascript-percent": "[x](javascript%3A{run}) [y](%6aavascript:{run})",
    "link-javascript-control": "[x](\x01javascript:{run}) [y](java\x00script:{run})",
    "link-javascript-unicode": "[x](java\u200bscript:{run}) [y](\ufeffjavascript:{run}) "
    "[z](\u2028javascript:{run})",
    "link-javascript-escape": "[x](javascript\\:{run}) [y](\\javascript:{run}) [z](<javascript:\\{run}>)",
    "link-javascript-slashes": "[x](javascript://example.org/%0a{run}) <javascript:{run}> "
    "<javascript://%0a{run}>",
    "link-vbscript": "[x](vbscript:msgbox) [y](livescript:x) [z](view-source:x) [w](blob:x)",
    "link-data": "[x](data:text/html,<script>opener.{run}</script>) [y](data:text/html;base64,PHNjcmlwdD4=)",
    "link-data-image": "![x](data:image/svg+xml;base64,PHN2Zy8+) ![y](data:text/html,x)",
    "link-file": "[x](file:///etc/passwd) ![y](file:///etc/passwd) <file:///etc/passwd>",
    "link-relative": "[x](/api/shutdown) [y](../../api/kernels) [z](/lab/api/workspaces?reset) ![w](/logout)",
    "link-relative-scheme": "[x](//127.0.0.1/hit) [y](\\\\127.0.0.1\\hit) [z](/\\127.0.0.1) "
    "[w](http:/api/shutdown)",
    "link-relative-file": "[x](work.ipynb) [y](./files/x.html) [z](?reset) [w](#jp-main) ![v](x.png)",
    "link-attachment": "![x](attachment:x.png) [y](attachment:x.html)",
    "link-title": '[x]({beacon} "a\\" onmouseover=\\"{run}") [y]({beacon} \'"onfocus="{run}\')',
    "link-label": "[x<img src=y onerror={run}>]({beacon}) [`<b onclick={run}>`]({beacon})",
    "link-quote": '[x](https://example.org/"onfocus="{run}) <https://example.org/"onfocus={run}>',
    "link-nested": "[a [b](javascript:{run}) c](javascript:{run}) [![i]({beacon})](javascript:{run})",
    "link-emphasis": "[*x](javascript:{run}) y* **[z**](javascript:{run}) _[w](javascript:{run})_",
    "link-containers": "> - 1. [x](javascript:{run})\n\n| [x](javascript:{run}) |\n|---|\n| ![]({beacon}) |",
    "link-user": "[x](http://example.org@127.0.0.1/) ![y](http://127.0.0.1@example.org/) "
    "[z](https://example.org:x@y/)",
    "link-depth": "[" * 300 + "x" + "](javascript:{run})" * 300,
    "autolink": "<javascript:{run}> <data:text/html,x> <x@example.org> <mailto:x@example.org?subject=y>",
    "autolink-bare": "www.example.org ftp://example.org https://example.org/<img src='{beacon}'> "
    "x@example.org",
    "autolink-mail": "a-@example.org a@-b.org mailto:x@y.z +a+@b.cd xmpp:a@b.c",
    "reference": "[x]: javascript:{run}\n\n[x] [x][] [y][x]",
    "reference-after": "[x] [y][x]\n\nMore text.\n\n[x]: javascript:{run}",
    "reference-blocks": "[x] and ![x]\n\nWords.\n\n[x]: {beacon} 'a\"onload={run}'\n\nWords [x] ![x][x]",
    "reference-image": "![x]\n\n[x]: {beacon}\n\n![x] ![y][x]",
    "reference-containers": "> [x]: javascript:{run}\n\n- [y]: javascript:{run}\n\n1. [z]: "
    "javascript:{run}\n\n[x] [y] [z]",
    "reference-task": "- [ ] [x]: javascript:{run}\n- [x] [y]: {beacon}\n\n[x] [y]",
    "reference-long": "[{long}]: javascript:{run}\n\n[{long}]",
    "reference-carriage-return": "Words\r\r[x]: javascript:{run}\r\r[x]",
    "reference-lines": "[x\ny]: <javascript:{run}>\n'title\nof it'\n\n[x\ny] [X Y]",
    "reference-next-line": "[x]:\n  javascript:{run}\n  'title'\n\n[x]",
    "reference-relative": "[x]: /api/shutdown\n[y]: //127.0.0.1/hit\n\n[x] [y] ![x]",
    "reference-heading": "# [x]: y\n[x]: javascript:{run}\n# [x]\n",
    "reference-escaped": "[a\\]b]: javascript:{run}\n\n[a\\]b]",
    "footnote": "Text[^1].\n\n[^1]: <img src=x onerror={run}> javascript:{run}",
    "image": "![x]({beacon})",
    "image-title": "![x]({beacon} 'title') ![]({beacon}) ![x](<{beacon}>)",
    "image-split": "!\\[x]({beacon}) !&#91;x]({beacon}) ![x]\n({beacon})",
    "image-srcset": '![x"srcset="{beacon}" onerror="{run}]({beacon})',
}

_CODE = {
    "mermaid-image": "```mermaid\ngraph TD\nA[\"<img src='{beacon}'>\"] --> B\n```",
    "mermaid-click": '```mermaid\ngraph TD\nA-->B\nclick A href "javascript:{run}"\nclick B call '
    "alert()\n```",
    "mermaid-init": "~~~mermaid\n%%{init: {'securityLevel': 'loose', 'themeCSS': "
    "'*{background:url({beacon})}'}}%%\n"
    "graph TD\nA-->B\n~~~",
    "mermaid-case": "```Mermaid x\nsequenceDiagram\nA->>B: <img src='{beacon}'>\n```",
    "mermaid-in-list": "- item\n\n  ```  mermaid\n  graph TD\n  A[\"<img src='{beacon}'>\"]\n  ```\n",
    "fence-info": '```"><img src=x onerror={run}>\ncode\n```',
    "fence-info-attributes": '```python onclick="{run}" class=x {{linker}}\ncode\n```',
    "fence-info-entity": "```&quot;&gt;&lt;img&#32;src=x&#32;onerror={run}&gt;\ncode\n```",
    "fence-info-math": '```$" onmouseover="{run}" x="$\ncode\n```',
    "fence-html": "```html\n<script>{run}</script><img src='{beacon}'>\n```",
    "fence-unclosed": "```html\n<script>{run}</script>\n\n<img src='{beacon}'>",
    "fence-svg": "```svg\n<svg onload={run}/>\n```\n\n```javascript\n{run}\n```\n",
    "fence-false-end": "```\n```x\n<script>{run}</script>\n~~~\n```\n<img src='{beacon}'>\n```",
    "code-placeholder": "`@@0@@` $<img src=x onerror={run}>$ @@0@@ @@1@@ `$x$`",
}

_MATH = {
    "math-attribute": '[x]($" onfocus="{run}" autofocus tabindex=0 x="$)',
    "math-attribute-image": '![x]($" onerror="{run}" src="$) ![$"onerror="{run}"$]({beacon})',
    "math-attribute-title": '[x](https://example.org "$" onmouseover="{run}$")',
    "math-attribute-display": '[x](\\\\(" onfocus="{run}"\\\\)) [y]($$" onfocus="{run}" y="$$)',
    "math-attribute-environment": '[x](\\begin{x}" onfocus="{run}\\end{x})',
    "math-autolink": '<https://example.org/$"onfocus="{run}"$> <a$" onfocus="{run}$@b.cd>',
    "math-tag": "$<img src=x onerror={run}>$ $$<script>{run}</script>$$ \\(<img src='{beacon}'>\\)",
    "math-tag-split": "<$img src=x onerror={run}$> <$x$img src='{beacon}'>",
    "math-placeholder": '@@0@@ $x$ @@1@@ [a](@@0@@) $" onfocus={run}$',
    "math-href-macro": "$\\href{javascript:{run}}{x}$ \\(\\href{{beacon}}{y}\\) $$\\href{/api/shutdown}{z}$$",
    "math-href-spaces": "$\\href {javascript:{run}} x$ $\\href%\n{javascript:{run}}{x}$",
    "math-href-entity": "&dollar;&bsol;href{javascript:{run}}{x}&dollar; &#36;&#92;href{data:x}{y}&#36;",
    "math-href-entity-half": "$x$ &bsol;( &bsol;href{file:///etc/passwd}{x} &bsol;)",
    "math-href-escaped": "\\\\(\\\\href{javascript:{run}}{x}\\\\) \\$\\href{x}{y}\\$ "
    "\\\\[\\\\href{x}{y}\\\\]",
    "math-href-emphasis": "$a*b$ *\\href{javascript:{run}}{x}* $c$ and $\\hr**e**f{x}{y}$",
    "math-href-braces": "$a { b$ words \\href{javascript:{run}}{x} $c } d$",
    "math-href-environment": "\\begin{align}\\href{javascript:{run}}{x}\\end{align} "
    "\\begin{a}\\url{x}\\end{a}",
    "math-href-text": "$\\text{ $\\href{javascript:{run}}{x}$ }$ $\\mbox{\\href{x}{y}}$",
    "math-style": "$\\style{background:url({beacon})}{x}$ $$\\style{position:fixed;inset:0}{x}$$",
    "math-class": "$\\class{jp-mod-selected lm-Menu}{x}$ $\\cssId{jupyter-config-data}{x}$",
    "math-data": "$\\data{onclick={run}}{x}$ $\\htmlData{commandlinker-command=help:about}{x}$",
    "math-bbox": "$\\bbox[background:url({beacon})]{x}$ $\\bbox[red, 5px, url({beacon})]{x}$",
    "math-token": "$\\mmlToken{mi}[href='javascript:{run}' onclick='{run}']{x}$",
    "math-require": "$\\require{html}\\href{javascript:1}{x}$ $\\require{noerrors}$",
    "math-def": "$\\def\\x#1{\\hr#1}\\x{ef}$ $\\def\\y{\\href{javascript:{run}}}\\y{z}$",
    "math-let": "$\\let\\x\\href \\x{javascript:1}{y}$ $\\newcommand{\\alpha}{x}$ "
    "$\\Newextarrow{\\beta}{1,1}{0x2620}$",
    "math-csname": "$\\csname href\\endcsname{javascript:1}{x}$ $\\unicode[url({beacon})]{x41}$",
    "math-image": "$\\includegraphics{{beacon}}$ $\\input{{beacon}}$",
    "math-tip": "$\\texttip{x}{<img src=x onerror={run}>}$ $\\toggle{x}{y}\\endtoggle$",
    "math-colour": "$\\color{red;background:url({beacon})}{x}$ $\\colorbox{url({beacon})}{x}$",
    "math-enclose": "$\\enclose{box}[href='javascript:{run}' style='background:url({beacon})']{x}$",
    "math-reference": "$$x \\label{jupyter-config-data} \\tag{<img src='{beacon}'>}$$ "
    "\\ref{jupyter-config-data} $\\eqref{x}$",
    "math-environment": '\\begin{x}<img src=x onerror={run}>\\end{x} \\begin{"onfocus={run}} $\\begin$',
    "math-error": '$\\frac{<img src=x onerror={run}>$ $\\undefined"onfocus={run}$ $}{$',
    "math-comment": "$x % \\href{y}$ \\href{javascript:{run}}{z} $ %\n<img src='{beacon}'>$",
    "math-prices": "It is $5 and \\href{javascript:{run}}{x} or $6, not 7$ \\( \\)",
    "math-in-html": "<b>x</b> $x$ <i>\\(\\href{javascript:{run}}{x}\\)</i>",
}

_CHARACTERS = {
    "bidi": "Text \u202egpj.exe\u202c and [x](https://example.org/\u202egnp.x) \u2066\u2069 \u061c",
    "zero-width": "[x](java\u200bscript:{run}) <scr\u200bipt>{run}</script> \u2060\ufeff",
    "tag-characters": "Hidden \U000e0041\U000e0042 words \ufff9a\ufffab\ufffb",
    "nul": "x\x00<img\x00 src='{beacon}'> [x](\x00javascript:{run})",
    "half-surrogate": "x\ud800 <img src='{beacon}'> \udc00 [x](javascript:{run})",
    "ansi": "\x1b[31mred\x1b]8;;{beacon}\x07link\x1b]8;;\x07 \x1b[2J \x9b31m",
    "line-separators": "x\u2028[x]: javascript:{run}\u2029[x] \x0b[y]: {beacon}\x0c\x85[y]",
    "non-characters": "\ufffe\uffff<img src='{beacon}'>\ufdd0",
    "nested-quotes": ">" * 500 + " <img src=x onerror={run}>",
    "nested-lists": "".join("  " * depth + "- x\n" for depth in range(30)) + "<img src='{beacon}'>",
    "nested-emphasis": "*_" * 400 + "<img src=x onerror={run}>" + "_*" * 400,
    "nested-backticks": "".join("`" * n + "x" for n in range(1, 60)) + "<img src='{beacon}'>",
    "many-brackets": "![" * 400 + "x](" + "{beacon}" + ")" * 5,
    "many-dollars": "$a$$b$$$c" * 60 + "\\href{javascript:1}{x}$",
}

ATTACKS: dict[str, str] = _HTML | _LINKS | _CODE | _MATH | _CHARACTERS
"""Texts by name; none of the names has a character that means something in a URL."""


def attacks_at(url: str) -> dict[str, str]:
    """Return the attacks, with their beacons at a listener on loopback."""
    return {name: _fill(text, f"{url}/hit/{name}") for name, text in ATTACKS.items()}


def _fill(text: str, beacon: str) -> str:
    for word, meaning in {"{beacon}": beacon, **_WORDS}.items():
        text = text.replace(word, meaning)
    return text
