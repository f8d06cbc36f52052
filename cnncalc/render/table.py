from cnncalc.render import ENDLESS, Page
def render(report, page=ENDLESS):
    from rich.console import Console
    from rich.table import Table
    import io
    t=Table(box=None)
    for c in report.tables[0].columns: t.add_column(c.label)
    for r in report.tables[0].rows: t.add_row(*map(str,r))
    c=Console(file=io.StringIO(),force_terminal=True,width=page.width)
    c.print(t)
    return c.file.getvalue()
