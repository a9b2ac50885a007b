// engine: the destinations with which an export begins: those of its command, and what the journal
// knows of them and of others.
#pragma once

#include "../core/same_work.hpp"
#include "export_run.hpp"
#include "export_target.hpp"

#include <sluice/engine/state_store.hpp>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace sluice {

class destination_setting {
  public:
    explicit destination_setting(target_opener open) : open_(std::move(open)) {}

    /// One that the command names; `url` as target_opener takes it. Errors: those of opening it;
    /// usage when it was given before.
    result<void> take(const std::string& address, const std::string& url);
    /// Compares with the journal: those that were removed are left out, those that were added are
    /// taken in, new ones are noted. Blocks. Errors: those of the journal, and of opening.
    result<void> settle(state_store& journal, const std::string& transfer);

    /// The transfer that the command asks for, as the journal is asked for it: its name, what it
    /// exports, and the destinations of the command.
    named_work work_of(const export_spec& spec, const std::string& incarnation) const;
    std::vector<std::string> addresses() const;
    const std::vector<std::string>& notes() const { return notes_; } ///< for people
    std::vector<std::pair<std::unique_ptr<export_target>, destination_row>> take_all();

  private:
    struct one {
        std::unique_ptr<export_target> target;
        std::string address;
        destination_row row{};
        bool left_out = false;
    };

    const one* twin_of(const export_target& target) const;
    result<void> settle_one(one& of, state_store& journal, const std::string& transfer);
    result<void> take_added(const destination_row& row);

    target_opener open_;
    std::vector<one> all_;
    std::vector<destination_row> known_; ///< of the journal, and not yet recognised
    std::vector<std::string> notes_;
};

} // namespace sluice
