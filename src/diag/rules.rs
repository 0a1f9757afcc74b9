//! The registry: every code with its stable name, group, severity and page.
//!
//! **Codes are append-only**: a number, once published, never means anything else.

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Worth knowing; the plan runs.
    Warning,
    /// The plan does not run.
    Error,
}

impl Severity {
    /// `error` or `warning`.
    pub const fn name(self) -> &'static str {
        match self {
            Severity::Error => "error",
            Severity::Warning => "warning",
        }
    }
}

/// What a rule is about; also the hundreds digit of its code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Group {
    /// The text itself.
    Syntax,
    /// Names, parameters and imports.
    Names,
    /// Types, units and values.
    Types,
    /// Words with rules of their own: refs, regexes, commands.
    Words,
    /// The way back.
    Rollback,
    /// Branches, tags, commits and remotes.
    Refs,
    /// Checks and approvals.
    Gates,
    /// The order and shape of phases.
    Order,
    /// What this version cannot do yet.
    Unsupported,
}

impl Group {
    /// The group's heading.
    pub const fn name(self) -> &'static str {
        match self {
            Group::Syntax => "Syntax",
            Group::Names => "Names",
            Group::Types => "Types and units",
            Group::Words => "Words",
            Group::Rollback => "Rollback",
            Group::Refs => "Refs",
            Group::Gates => "Gates",
            Group::Order => "Order and shape",
            Group::Unsupported => "Not yet supported",
        }
    }
}

macro_rules! codes {
    ($($(#[doc = $summary:literal])* $variant:ident $code:literal $name:literal $group:ident $severity:ident;)*) => {
        /// A rule, by the names people use for it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code {
            $($(#[doc = $summary])* $variant,)*
        }

        impl Code {
            /// Every rule, in the order of the registry.
            pub const ALL: &[Code] = &[$(Code::$variant),*];

            /// The number: `E0407`.
            pub const fn code(self) -> &'static str {
                match self { $(Code::$variant => $code),* }
            }

            /// The kebab-case name: `rollback-missing`.
            pub const fn name(self) -> &'static str {
                match self { $(Code::$variant => $name),* }
            }

            /// What it is about.
            pub const fn group(self) -> Group {
                match self { $(Code::$variant => Group::$group),* }
            }

            /// How bad it is unless configured otherwise.
            pub const fn severity(self) -> Severity {
                match self { $(Code::$variant => Severity::$severity),* }
            }

            /// One line on what it finds.
            pub const fn summary(self) -> &'static str {
                match self { $(Code::$variant => concat!($($summary),*).trim_ascii()),* }
            }

            /// The page: what, why, a failing and a corrected example, in Markdown.
            pub const fn page(self) -> &'static str {
                match self { $(Code::$variant => include_str!(concat!("explain/", $code, ".md"))),* }
            }
        }
    };
}

codes! {
    /// The text is not a statement of the language.
    SyntaxError "E0001" "syntax-error" Syntax Error;
    /// A string, block or list is opened and never closed.
    Unclosed "E0002" "unclosed" Syntax Error;
    /// Blocks or lists are nested deeper than 64 levels.
    NestingTooDeep "E0003" "nesting-too-deep" Syntax Error;
    /// A string has an escape that does not exist.
    BadEscape "E0004" "bad-escape" Syntax Error;
    /// A `#` or a quote is glued to a word.
    GluedWord "E0005" "glued-word" Syntax Error;
    /// A keyword stands where a name is wanted.
    KeywordAsName "E0006" "keyword-as-name" Syntax Error;
    /// The file is not UTF-8 text.
    NotUtf8 "E0007" "not-utf8" Syntax Error;
    /// A statement stands where it cannot: in the wrong kind of block, or after something that must come last.
    Misplaced "E0008" "misplaced-statement" Syntax Error;
    /// A comment for rel is none that it understands.
    BadSuppression "E0009" "bad-suppression" Syntax Error;

    /// A name is used that nothing declares.
    UnknownName "E0101" "unknown-name" Names Error;
    /// Two declarations of one kind share a name.
    DuplicateName "E0102" "duplicate-name" Names Error;
    /// A name has characters that its kind does not allow.
    BadName "E0103" "bad-name" Names Error;
    /// A file or library that `use` names cannot be read.
    UnresolvedUse "E0104" "unresolved-use" Names Error;
    /// Files use each other in a circle.
    UseCycle "E0105" "use-cycle" Names Error;
    /// A name that rel itself defines is declared.
    ReservedName "E0106" "reserved-name" Names Error;
    /// `--set` names a param that the plan does not have.
    UnknownParam "E0107" "unknown-param" Names Error;
    /// A param without a default has no value.
    ParamRequired "E0108" "param-required" Names Error;
    /// A template uses itself.
    RecursiveTemplate "E0109" "recursive-template" Names Error;
    /// A variable is used where it has no value yet.
    VariableOutOfPlace "E0110" "variable-out-of-place" Names Error;
    /// Templates and loops expand to more steps than a plan can have.
    ExpansionTooLarge "E0111" "expansion-too-large" Names Error;

    /// A value has another type than is wanted.
    WrongType "E0201" "wrong-type" Types Error;
    /// Two units that cannot be compared meet.
    WrongUnit "E0202" "wrong-unit" Types Error;
    /// A required argument is missing.
    MissingArgument "E0203" "missing-argument" Types Error;
    /// An argument is not one of those declared.
    UnknownArgument "E0204" "unknown-argument" Types Error;
    /// A property or argument is given twice.
    DuplicateProperty "E0205" "duplicate-property" Types Error;
    /// A property that the form needs is not there.
    MissingProperty "E0206" "missing-property" Types Error;
    /// A value has no such field.
    UnknownField "E0207" "unknown-field" Types Error;
    /// A value is outside the range that makes sense.
    OutOfRange "E0208" "out-of-range" Types Error;
    /// A bare word stands where a variable was probably meant.
    BareWord "E0209" "bare-word" Types Error;

    /// A ref is not valid by the rules of git.
    BadRef "E0301" "bad-ref" Words Error;
    /// A version cannot be read.
    BadVersion "E0302" "bad-version" Words Error;
    /// A regular expression does not compile.
    BadRegex "E0303" "bad-regex" Words Error;
    /// A JSON path cannot be read.
    BadJsonPath "E0304" "bad-json-path" Words Error;
    /// A secret is put into a string.
    SecretInString "E0305" "secret-in-string" Words Error;
    /// `run` never meets a shell, and its text needs one.
    ShellOperator "E0306" "shell-operator" Words Error;
    /// A path leaves the repository or cannot be one.
    BadPath "E0307" "bad-path" Words Error;
    /// A glob pattern cannot be read.
    BadGlob "E0308" "bad-glob" Words Error;
    /// A date or time zone cannot be read.
    BadDate "E0309" "bad-date" Words Error;
    /// A command's words cannot be split or are empty.
    BadCommand "E0310" "bad-command" Words Error;
    /// A field of a variable stands in a string without braces.
    FieldWithoutBraces "E0311" "field-without-braces" Words Error;

    /// A phase acts on the outside and says no way back.
    RollbackMissing "E0401" "rollback-missing" Rollback Error;
    /// `deploy previous` has nothing that says what ran before.
    PreviousUnknown "E0402" "previous-unknown" Rollback Error;

    /// A gate has no branch, ref or running system to check.
    GateWithoutSubject "E0601" "gate-without-subject" Gates Error;

    /// Two phases touch the same thing and neither is after the other.
    UnorderedPhases "E0701" "unordered-phases" Order Error;
    /// Phases come after each other in a circle.
    PhaseCycle "E0702" "phase-cycle" Order Error;
    /// `after` names a phase that does not exist.
    UnknownPhase "E0703" "unknown-phase" Order Error;
    /// A param, let or template argument is never used.
    UnusedParam "W0704" "unused-param" Order Warning;
    /// Nothing the plan does is ever published.
    PlanWithoutOutcome "W0705" "plan-without-outcome" Order Warning;
    /// A hotfix lands on main and the development branch never gets it.
    HotfixNotSynced "W0706" "hotfix-not-synced" Order Warning;

    /// A step inside `try` would outlive it.
    EffectInTry "E0707" "effect-in-try" Order Error;
    /// A comment suppresses a finding that is not there.
    UnusedSuppression "W0708" "unused-suppression" Order Warning;
    /// The day up to which a comment suppresses a finding is over.
    LapsedSuppression "E0709" "lapsed-suppression" Order Error;

    /// A form of the language that this version cannot execute yet.
    Unsupported "E0801" "unsupported" Unsupported Error;
}

impl Code {
    /// Finds a rule by number or name; case does not matter.
    pub fn find(text: &str) -> Option<Code> {
        let wanted = text.to_ascii_lowercase();
        Code::ALL
            .iter()
            .copied()
            .find(|c| c.name() == wanted || c.code().eq_ignore_ascii_case(text))
    }
}

impl std::fmt::Display for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.code())
    }
}
