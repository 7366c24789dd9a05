//! Icons: drawn once a page, in a sprite, and used by name.

use maud::{Markup, Render, html};

/// A picture of 24 by 24, in the colour of the text around it. It says nothing to a screen reader: what stands beside
/// it does, or the label of its button.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Icon {
    /// A person.
    Account,
    /// Back, or to the page before.
    Back,
    /// A tick.
    Check,
    /// A cross: close, or take away.
    Close,
    /// A sheet of paper.
    Documents,
    /// Sorted from the greatest to the least.
    Down,
    /// An arrow down, to a line.
    Download,
    /// A pencil.
    Edit,
    /// Something to know.
    Info,
    /// Out of a door.
    LogOut,
    /// On, or to the next page.
    Next,
    /// An arrow back in a circle: from the trash, or once more.
    Restore,
    /// A magnifying glass.
    Search,
    /// A bin.
    Trash,
    /// Sorted from the least to the greatest.
    Up,
    /// An arrow up, from a line.
    Upload,
    /// Something to mind.
    Warning,
}

const ALL: [Icon; 17] = [
    Icon::Account,
    Icon::Back,
    Icon::Check,
    Icon::Close,
    Icon::Documents,
    Icon::Down,
    Icon::Download,
    Icon::Edit,
    Icon::Info,
    Icon::LogOut,
    Icon::Next,
    Icon::Restore,
    Icon::Search,
    Icon::Trash,
    Icon::Up,
    Icon::Upload,
    Icon::Warning,
];

impl Icon {
    fn id(self) -> &'static str {
        match self {
            Self::Account => "i-account",
            Self::Back => "i-back",
            Self::Check => "i-check",
            Self::Close => "i-close",
            Self::Documents => "i-documents",
            Self::Down => "i-down",
            Self::Download => "i-download",
            Self::Edit => "i-edit",
            Self::Info => "i-info",
            Self::LogOut => "i-log-out",
            Self::Next => "i-next",
            Self::Restore => "i-restore",
            Self::Search => "i-search",
            Self::Trash => "i-trash",
            Self::Up => "i-up",
            Self::Upload => "i-upload",
            Self::Warning => "i-warning",
        }
    }

    /// Lines as SVG's `path` has them.
    fn lines(self) -> &'static str {
        match self {
            Self::Account => "M16 8.5a4 4 0 1 1-8 0 4 4 0 0 1 8 0zM4.5 20a7.5 7.5 0 0 1 15 0",
            Self::Back => "m14.5 6-6 6 6 6",
            Self::Check => "m5 12.5 4.5 4.5L19 7.5",
            Self::Close => "m6 6 12 12M18 6 6 18",
            Self::Documents => {
                "M13.5 3.5H7A1.5 1.5 0 0 0 5.5 5v14A1.5 1.5 0 0 0 7 20.5h10a1.5 1.5 0 0 0 1.5-1.5V8.5zm0 0v5h5M9 13h6M9 16.5h4"
            }
            Self::Down => "m6 9.5 6 6 6-6",
            Self::Download => "M12 4v12m0 0 4.5-4.5M12 16l-4.5-4.5M4.5 19.5h15",
            Self::Edit => "M4.5 19.5h4L19 9l-4-4L4.5 15.5zM12.5 7.5l4 4",
            Self::Info => "M12 11v5.5M12 7.75v.01M20.5 12a8.5 8.5 0 1 1-17 0 8.5 8.5 0 0 1 17 0z",
            Self::LogOut => {
                "M10 4.5H6.5A1.5 1.5 0 0 0 5 6v12a1.5 1.5 0 0 0 1.5 1.5H10M15.5 8l4 4-4 4M19 12H10"
            }
            Self::Next => "m9.5 6 6 6-6 6",
            Self::Restore => "M5 12a7 7 0 1 0 2.2-5.1L4.5 9.5M4.5 4.75V9.5h4.75",
            Self::Search => "M17.5 11a6.5 6.5 0 1 1-13 0 6.5 6.5 0 0 1 13 0zM16 16l4.5 4.5",
            Self::Trash => {
                "M4.5 7h15M9.5 7V4.75A.75.75 0 0 1 10.25 4h3.5a.75.75 0 0 1 .75.75V7M6.5 7l.75 11.6A1.5 1.5 0 0 0 8.75 20h6.5a1.5 1.5 0 0 0 1.5-1.4L17.5 7M10 11v5M14 11v5"
            }
            Self::Up => "m6 14.5 6-6 6 6",
            Self::Upload => {
                "M12 16V4m0 0L7.5 8.5M12 4l4.5 4.5M4.5 15.5v2.75A1.75 1.75 0 0 0 6.25 20h11.5a1.75 1.75 0 0 0 1.75-1.75V15.5"
            }
            Self::Warning => {
                "M12 9v4.5M12 16.75v.01M10.6 4.4 3.2 17.2A1.6 1.6 0 0 0 4.6 19.6h14.8a1.6 1.6 0 0 0 1.4-2.4L13.4 4.4a1.6 1.6 0 0 0-2.8 0z"
            }
        }
    }
}

impl Render for Icon {
    fn render(&self) -> Markup {
        html! { svg.icon aria-hidden="true" { use href={ "#" (self.id()) } {} } }
    }
}

/// All icons, to be put once into a page.
pub fn sprite() -> Markup {
    html! {
        svg.sprite xmlns="http://www.w3.org/2000/svg" aria-hidden="true" {
            @for icon in ALL { symbol id=(icon.id()) viewBox="0 0 24 24" { path d=(icon.lines()) {} } }
        }
    }
}

/// The product's sign.
pub fn logo() -> Markup {
    html! {
        svg viewBox="0 0 32 32" aria-hidden="true" {
            rect.sheet width="32" height="32" rx="8" {}
            path fill="#fff" d="M10 6h8l5 5v14a1.5 1.5 0 0 1-1.5 1.5h-11A1.5 1.5 0 0 1 9 25V7a1 1 0 0 1 1-1z" {}
            path fill="#a9bdf6" d="M18 6v5h5z" {}
        }
    }
}
