//! The pages' packages install everywhere, and from wherever.

use crate::assert_none;
use crate::tree::Tree;

#[test]
fn lock_files_of_npm_name_no_registry_and_leave_no_platform_out() {
    let tree = Tree::read();
    let mut wrong = Vec::new();
    for file in tree.files.iter().filter(|file| file.path.ends_with("package-lock.json")) {
        let lock: serde_json::Value = serde_json::from_str(&file.text).unwrap();
        let packages = lock["packages"].as_object().unwrap();
        for (name, package) in packages {
            if package.get("resolved").is_some_and(|from| from.as_str().is_some_and(|from| from.starts_with("http"))) {
                wrong.push(format!("{}: {name} names where it came from", file.path));
            }
            // npm 11 refuses a lock file without one of these, whatever the platform; npm 10 does not.
            let optional = package.get("optionalDependencies").and_then(|list| list.as_object());
            for missing in optional.into_iter().flatten().map(|(other, _)| other) {
                if !packages.keys().any(|key| key.ends_with(&format!("node_modules/{missing}"))) {
                    wrong.push(format!("{}: {missing}, wanted by {name}, is missing", file.path));
                }
            }
        }
    }
    assert_none("a lock file of npm", wrong);
}
