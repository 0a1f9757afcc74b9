//! `rel demo`: a throw-away repository, and a release that ships, fails its soak and rolls back.
//!
//! **Nothing here is special**: the engine, its ports and the git programs are those of every other command.

mod stage;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;

use stage::Stage;

use super::context::{Context, exit_of};
use super::exit::{Exit, Failure, Outcome};
use super::theme::{Ink, Theme, width};
use super::{apply, diagnostics, report};
use crate::embed::SavedPlan;
use crate::engine::{PlanReport, RunEnd};

/// Watch a throw-away release ship, fail its soak and roll back
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Build it in DIR, which must not exist or be empty, and leave it there
    #[arg(long, value_name = "DIR")]
    keep: Option<PathBuf>,
}

/// Tells the story from the first file to the proof.
pub(crate) fn run(args: &Args, context: &mut Context) -> Outcome {
    let temporary;
    let root = if let Some(keep) = &args.keep {
        empty(&context.directory.join(keep))?
    } else {
        temporary = tempfile::Builder::new()
            .prefix("rel-demo-")
            .tempdir()
            .map_err(|error| Failure::failed(format!("no temporary directory can be made: {error}")))?;
        temporary.path().to_owned()
    };
    // Real paths: a link in the temporary directory's path would show up in what git prints.
    let root = root
        .canonicalize()
        .map_err(|error| Failure::failed(format!("`{}` cannot be used: {error}", root.display())))?;
    // Whenever it is stopped, the temporary directory goes.
    context.catch_signals()?;
    let mut story = Story { context, chapter: 0 };
    let stage = story.world(&root)?;
    let before = stage.git(&stage.origin, &["rev-parse", "main"])?;
    story.mistake(&stage)?;
    let (report, saved) = story.plan(&stage)?;
    if story.stopped() {
        return Ok(Exit::Interrupted);
    }
    let end = story.apply(&stage, &report, &saved)?;
    if end == RunEnd::Interrupted {
        return Ok(exit_of(&end));
    }
    if !matches!(end, RunEnd::RolledBack { .. }) {
        return Err(Failure::failed(
            "the release was meant to fail its soak and to be rolled back, and was not",
        )
        .help("`rel demo --keep DIR` leaves everything there to look at"));
    }
    story.proof(&stage, &before)?;
    story.farewell(args.keep.as_deref());
    Ok(Exit::Done)
}

fn empty(directory: &Path) -> Result<PathBuf, Failure> {
    let used = directory.exists()
        && directory
            .read_dir()
            .map_or(true, |mut entries| entries.next().is_some());
    if used {
        return Err(
            Failure::wrong_use(format!("`{}` is there already", directory.display())).help(
                "`--keep` wants a directory that does not exist or is empty; nothing is ever overwritten",
            ),
        );
    }
    std::fs::create_dir_all(directory)
        .map_err(|error| Failure::wrong_use(format!("`{}` cannot be made: {error}", directory.display())))?;
    Ok(directory.to_owned())
}

struct Story<'c> {
    context: &'c mut Context,
    chapter: usize,
}

impl Story<'_> {
    fn theme(&self) -> Theme {
        self.context.terminal.out
    }

    fn stopped(&self) -> bool {
        self.context.terminal.interrupt.load(Ordering::SeqCst)
    }

    fn chapter(&mut self, title: &str) {
        self.chapter += 1;
        let theme = self.theme();
        let line = theme.glyphs().line;
        let head = format!("{line}{line} {} {title} ", self.chapter);
        let rest = line.repeat(theme.width.saturating_sub(width(&head)));
        let text = format!(
            "\n{}{}\n\n",
            theme.paint(Ink::Title, head),
            theme.paint(Ink::Dim, rest)
        );
        self.context.terminal.print(&text);
    }

    fn say(&mut self, text: &str) {
        let columns = self.theme().width.min(80);
        for line in Theme::wrap(text, columns) {
            self.context.terminal.line(&line);
        }
    }

    fn command(&mut self, text: &str) {
        let theme = self.theme();
        let line = format!(
            "\n{} {}",
            theme.paint(Ink::Dim, "$"),
            theme.paint(Ink::Title, text)
        );
        self.context.terminal.line(&line);
    }

    /// Runs git for everybody to see.
    fn git(&mut self, stage: &Stage, directory: &Path, args: &[&str]) -> Result<String, Failure> {
        let name = directory
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        self.command(&format!("git -C {name} {}", args.join(" ")));
        let printed = stage.git(directory, args)?;
        if !printed.is_empty() {
            self.context.terminal.line(&super::escape::lines(&printed));
        }
        Ok(printed)
    }

    fn world(&mut self, root: &Path) -> Result<Stage, Failure> {
        self.chapter("A repository, its remote, and a production");
        let stage = Stage::build(root)?;
        self.say(
            "A small shop greets its customers. It was built just now, with a bare repository as its remote, \
             and release 1.0.0 of it runs in a directory called production.",
        );
        self.git(&stage, &stage.shop, &["log", "--oneline", "--decorate", "--all"])?;
        Ok(stage)
    }

    fn mistake(&mut self, stage: &Stage) -> Result<(), Failure> {
        self.chapter("A plan, and its mistake");
        self.say("This is the plan for release 1.1.0. Every statement has one effect, and can be checked before it happens.");
        let first = stage::first_plan();
        stage.write("release.rel", &first)?;
        self.command("cat release.rel");
        let text = highlighted(self.theme(), &first);
        self.context.terminal.print(&text);
        self.command("rel check");
        if !self.check(stage)? {
            return Err(Failure::failed(
                "the first plan was meant to have a mistake, and has none",
            ));
        }
        self.say("It pushes and deploys, and says no way back. So it does not run. With one:");
        stage.write("release.rel", stage::plan())?;
        let theme = self.theme();
        let added: String = stage::MISSING
            .trim_matches('\n')
            .lines()
            .map(|line| theme.paint(Ink::Good, format!("+{line}")) + "\n")
            .collect();
        self.context.terminal.print(&format!("\n{added}"));
        self.command("rel check");
        if self.check(stage)? {
            return Err(Failure::failed(
                "the plan was meant to be without a mistake, and is not",
            ));
        }
        let text = self.theme().paint(Ink::Dim, "(nothing to say)");
        self.context.terminal.line(&text);
        Ok(())
    }

    /// Checks the plan and shows what is found; `true` when it has errors.
    fn check(&mut self, stage: &Stage) -> Result<bool, Failure> {
        let builder = self
            .context
            .builder(None)
            .repository(&stage.shop)
            .directory(&stage.shop);
        let mut engine = self.context.build(builder, false)?;
        let loaded = engine
            .load_file(Path::new("release.rel"))
            .map_err(|error| self.context.explain(&error))?;
        let checked = loaded.try_check().map_err(|error| self.context.explain(&error))?;
        let (theme, graphics) = (self.theme(), self.context.terminal.graphics);
        let text = diagnostics::render(theme, graphics, &checked.sources, &checked.diagnostics);
        self.context.terminal.print(&text);
        Ok(checked.has_errors())
    }

    fn plan(&mut self, stage: &Stage) -> Result<(PlanReport, SavedPlan), Failure> {
        self.chapter("What would happen");
        self.say("The whole release is simulated in a sandbox. Nothing of the repository changes, no command of the plan runs.");
        self.command("rel plan --out release.saved");
        self.context.terminal.print("\n");
        let builder = self
            .context
            .builder(None)
            .repository(&stage.shop)
            .directory(&stage.shop);
        let mut engine = self.context.build(builder, false)?;
        let mut loaded = engine
            .load_file(Path::new("release.rel"))
            .map_err(|error| self.context.explain(&error))?;
        let (report, saved) = loaded
            .plan_to_save()
            .map_err(|error| self.context.explain(&error))?;
        let text = report::plan(self.theme(), &report);
        self.context.terminal.print(&text);
        if !report.problems.is_empty() {
            return Err(Failure::failed("the plan was meant to go through, and would not"));
        }
        Ok((report, saved))
    }

    fn apply(&mut self, stage: &Stage, report: &PlanReport, saved: &SavedPlan) -> Result<RunEnd, Failure> {
        self.chapter("It happens");
        self.say(
            "This is done now, for real: the same trees, with the moment at which they are made. The tests do not see that the new release never closes a session. \
             The soak does: it asks production again and again.",
        );
        self.command("rel apply release.saved");
        self.context.terminal.print("\n");
        let builder = self
            .context
            .builder(None)
            .repository(&stage.shop)
            .directory(&stage.shop);
        let (builder, watch) = self.context.watched(builder)?;
        let mut engine = self
            .context
            .build(builder.assume_yes(true).prompts(false), false)?;
        watch.titles(apply::titles(report));
        let end = engine
            .apply_saved(saved)
            .map_err(|error| self.context.explain(&error))?;
        let status = watch.end(&end).status();
        let text = self.theme().paint(Ink::Dim, format!("(exit status {status})"));
        self.context.terminal.line(&text);
        Ok(end)
    }

    fn proof(&mut self, stage: &Stage, before: &str) -> Result<(), Failure> {
        self.chapter("The proof");
        let short = before.get(..8).unwrap_or(before);
        self.say(&format!(
            "The remote's main was at {short} before. History was not rewritten: a commit takes the release back. \
             Its tree, and what runs in production, are what they were. Ask git, not rel:"
        ));
        self.git(stage, &stage.origin, &["log", "--oneline", "main"])?;
        let old = self.git(stage, &stage.origin, &["rev-parse", &format!("{short}^{{tree}}")])?;
        let new = self.git(stage, &stage.origin, &["rev-parse", "main^{tree}"])?;
        if old != new {
            return Err(Failure::failed("the remote's tree is not what it was"));
        }
        self.command("cat production/RUNNING");
        let running = std::fs::read_to_string(stage.production.join("RUNNING"))
            .map_err(|error| Failure::failed(format!("production cannot be read: {error}")))?;
        self.context.terminal.line(running.trim_end());
        if running.trim_end() != before {
            return Err(Failure::failed("production does not run what it ran"));
        }
        let theme = self.theme();
        let mark = theme.paint(Ink::Good, theme.glyphs().pass);
        self.context
            .terminal
            .line(&format!("\n{mark} The same tree, the same release: rolled back."));
        Ok(())
    }

    fn farewell(&mut self, kept: Option<&Path>) {
        let text = match kept {
            Some(kept) => format!(
                "\nEverything is still there: `rel -C {}/shop log` tells what happened.",
                kept.display()
            ),
            None => {
                "\nNothing is left of it. To look around in it afterwards: `rel demo --keep DIR`.".to_owned()
            }
        };
        self.say(&text);
        self.say("In a repository of yours, `rel init` writes a first plan, and `rel plan` changes nothing.");
    }
}

/// The text of a plan: comments, strings and variables told apart.
fn highlighted(theme: Theme, text: &str) -> String {
    let mut shown = String::new();
    for line in text.lines() {
        let (code, comment) = if line.trim_start().starts_with('#') {
            ("", line)
        } else {
            (line, "")
        };
        for (index, part) in code.split('"').enumerate() {
            let quote = if index == 0 { "" } else { "\"" };
            let ink = (index % 2 == 1).then_some(Ink::Good);
            let closing = index % 2 == 0 && index > 0;
            // The closing quote belongs to the string before it.
            let (quoted, rest) = if closing { (quote, part) } else { ("", part) };
            let body = if closing {
                rest.to_owned()
            } else {
                format!("{quote}{rest}")
            };
            let body = ink.map_or_else(|| words(theme, &body), |ink| theme.paint(ink, &body));
            let _ = write!(shown, "{}{body}", theme.paint(Ink::Good, quoted));
        }
        shown.push_str(&theme.paint(Ink::Dim, comment));
        shown.push('\n');
    }
    shown
}

/// The first word of a statement stands out.
fn words(theme: Theme, code: &str) -> String {
    let trimmed = code.trim_start();
    let indent = &code[..code.len() - trimmed.len()];
    let end = trimmed
        .find(|c: char| !c.is_ascii_lowercase() && c != '-')
        .unwrap_or(trimmed.len());
    let (word, rest) = trimmed.split_at(end);
    if rest.is_empty() && word.is_empty() {
        return code.to_owned();
    }
    format!("{indent}{}{rest}", theme.paint(Ink::Ref, word))
}
