// engine: an object that is not as committed may have been replaced since the commits were read.
#include "replaced_since.hpp"

namespace sluice {

task<result<bool>> replaced_since(
    s3::object_store& store,
    const export_folder& where,
    std::uint32_t partition,
    std::uint64_t from,
    const std::set<std::string>& keys,
    deadline by
) {
    for (std::uint64_t number = from;; ++number) {
        auto read = co_await fetch_commit(store, where, partition, number, by);
        if (!read) co_return read.error();
        if (!*read) co_return false;
        if (keys.count((**read).document.old_key) > 0) co_return true;
    }
}

} // namespace sluice
