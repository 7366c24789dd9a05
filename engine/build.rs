//! The migrations are embedded in the program: a new file among them must be noticed.

fn main() {
    println!("cargo:rerun-if-changed=../migrations/apus");
}
