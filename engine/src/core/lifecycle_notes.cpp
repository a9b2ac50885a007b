// engine: what a bucket's lifecycle rules mean for an export below a folder.
#include "lifecycle_notes.hpp"

#include <string_view>

namespace sluice {

namespace {

bool begins_with(std::string_view text, std::string_view start) {
    return text.substr(0, start.size()) == start;
}

/// The rule holds for some key that begins so.
bool reaches(const s3::lifecycle_rule& rule, const std::string& below) {
    return begins_with(below, rule.prefix) || begins_with(rule.prefix, below);
}

std::string name_of(const s3::lifecycle_rule& rule) {
    std::string text = "lifecycle rule \"" + rule.id + "\" (";
    text += rule.prefix.empty() ? "the whole bucket" : "below " + rule.prefix;
    return text + (rule.narrowed ? ", narrowed by tags or sizes)" : ")");
}

void note_removal(lifecycle_notes& to, const s3::lifecycle_rule& rule, const std::string& folder) {
    if (!rule.expires && !rule.transitions) return;
    const std::string does = rule.expires ? "removes" : "archives";
    if (reaches(rule, folder + "/_sluice/")) {
        to.warnings.push_back(
            name_of(rule) + " " + does + " commits below " + folder +
            "/_sluice/: without them the export cannot be read, continued or told from another; "
            "let the rule begin with " +
            folder + "/partition="
        );
    } else if (reaches(rule, folder + "/partition=")) {
        to.notes.push_back(
            name_of(rule) + " " + does +
            " objects: `sluice repair --expired` records those that are gone"
        );
    }
}

} // namespace

lifecycle_notes
notes_on_lifecycle(const std::vector<s3::lifecycle_rule>& rules, const std::string& folder) {
    lifecycle_notes found;
    bool aborts = false;
    for (const s3::lifecycle_rule& rule : rules) {
        if (!rule.enabled) continue;
        note_removal(found, rule, folder);
        const bool covers = begins_with(folder + "/partition=", rule.prefix) && !rule.narrowed;
        if (!rule.abort_days || !covers) continue;
        aborts = true;
        found.notes.push_back(
            name_of(rule) + " aborts incomplete uploads after " + std::to_string(*rule.abort_days) +
            " days: a transfer that is paused longer uploads the object under way again"
        );
    }
    if (!aborts)
        found.notes.push_back(
            "no lifecycle rule aborts incomplete uploads: what a run that never comes back leaves "
            "is charged until `sluice cleanup` removes it"
        );
    return found;
}

std::vector<std::string>
notes_on_foreign_objects(const std::vector<s3::lifecycle_rule>& rules, const std::string& prefix) {
    std::vector<std::string> notes;
    for (const s3::lifecycle_rule& rule : rules) {
        if (!rule.enabled || !reaches(rule, prefix)) continue;
        if (rule.expires)
            notes.push_back(
                name_of(rule) + " removes objects: one that is gone before it was read stops the "
                                "import (--on-bad skip leaves it out)"
            );
        else if (rule.transitions)
            notes.push_back(
                name_of(rule) + " archives objects: some storage classes must be restored before "
                                "they can be read"
            );
    }
    return notes;
}

} // namespace sluice
