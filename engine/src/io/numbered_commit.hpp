// engine: putting a commit document at its number, once.
#pragma once

#include <sluice/base/result.hpp>
#include <sluice/base/task.hpp>
#include <sluice/engine/catalogue.hpp>
#include <sluice/s3/object_store.hpp>

#include <cstdint>
#include <functional>
#include <string_view>

namespace sluice {

/// What is to be put, and with which checksum of its body.
struct numbered_commit {
    std::uint32_t partition = 0;
    std::uint64_t number = 0;
    std::string_view bytes;
    s3::checksum::kind algorithm = s3::checksum::kind::none;
};

/// Waits before the next try after a failure; false: there is none, and the failure (which may have
/// been changed) is the answer.
using try_again = std::function<task<bool>(failure& why)>;

/// Puts the document with If-None-Match and settles every unclear answer by reading the number:
/// true: it stands there, byte for byte; false: another one does. Errors: what the store said once
/// `again` gives up, and permanent failures.
task<result<bool>> put_numbered_commit(
    s3::object_store& store,
    const export_folder& where,
    const numbered_commit& what,
    const try_again& again
);

} // namespace sluice
