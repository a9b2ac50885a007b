// s3sim: operations on many objects, and on tags.
#include "core/object_tags.hpp"
#include "core/removals.hpp"
#include "io/operations.hpp"

namespace sluice::sim {

namespace set_detail {

answer document_answer(std::string document) {
    answer out;
    out.headers.emplace_back("Content-Type", "application/xml");
    out.body = std::move(document);
    return out;
}

} // namespace set_detail

outcome<answer> delete_objects(store& in, const request& ask, std::string_view document) {
    const auto asked = read_removals(document);
    if (!asked) return asked.error();
    std::vector<std::string> removed;
    std::vector<removal_failure> failed;
    for (std::size_t n = 0; n < asked->keys.size(); ++n) {
        const auto& key = asked->keys[n];
        const auto done = in.remove(ask.to.bucket, key, conditions(), asked->versions[n], ask.now);
        if (!done)
            failed.push_back({key, done.error()});
        else if (!asked->quiet)
            removed.push_back(key);
    }
    return set_detail::document_answer(removals_document(removed, failed));
}

outcome<answer> perform_on_tags(store& in, const request& ask, std::string_view document) {
    if (ask.to.what == operation::get_tagging) {
        const auto found = in.get(ask.to.bucket, ask.to.key);
        if (!found) return found.error();
        return set_detail::document_answer(tagging_document((*found)->tags));
    }
    tag_set tags;
    if (ask.to.what == operation::put_tagging) {
        auto read = read_tagging_document(document);
        if (!read) return read.error();
        tags = std::move(*read);
    }
    const auto done = in.set_tags(ask.to.bucket, ask.to.key, tags);
    if (!done) return done.error();
    answer out;
    out.status = ask.to.what == operation::delete_tagging ? 204 : 200;
    return out;
}

} // namespace sluice::sim
