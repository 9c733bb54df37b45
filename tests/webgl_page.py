"""A page that draws: the smallest thing that a browser fault can break."""

from harvest.browser.watch import WatchedPage

WEBGL_PAGE = """data:text/html,<canvas></canvas><script>
const gl = document.querySelector('canvas').getContext('webgl2');
let frames = 0;
requestAnimationFrame(function draw(t) {
    gl.clearColor(t % 1000 / 1000, 0, 0, 1); gl.clear(gl.COLOR_BUFFER_BIT);
    frames += 1; requestAnimationFrame(draw);
});
</script>"""


async def open_webgl_page(watched: WatchedPage) -> None:
    """Make a page a working one: WebGL draws and frames advance."""
    await watched.run("opening the page", watched.page.goto(WEBGL_PAGE), deadline_s=15)
    drawing = watched.page.wait_for_function("frames > 1 && !gl.isContextLost()")
    await watched.run("waiting for frames", drawing, deadline_s=15)
