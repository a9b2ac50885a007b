// engine: the destinations with which an export begins: those of its command, and what the journal
// knows of them and of others.
#pragma once

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

    /// Each as "endpoint target", in the order of the command.
    std::vector<std::string> identities() const;
    std::vector<std::string> addresses() const;
    std::vector<destination_row> asked() const; ///< those of the command, as rows of the journal
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
