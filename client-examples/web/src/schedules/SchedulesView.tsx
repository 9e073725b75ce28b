export default function View() { return <main className="pane"/>; }
