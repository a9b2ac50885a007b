// fuzzing: the XML documents of a store, errors and listings among them.
#include "core/xml_documents.hpp"
#include "core/xml_tree.hpp"
#include "fuzz.hpp"

#include <sluice/s3/error.hpp>

#include <set>

using namespace sluice;
using namespace sluice::s3;

namespace {

/// A refusal is a malformed answer, whatever the text.
template <class Value>
bool taken(const result<Value>& read) {
    if (fuzz::accepted(read)) return true;
    fuzz::must(read.error().code == s3_errc::malformed_answer, "a bad document is malformed");
    fuzz::must(read.error().where.size() < 1000, "a refusal is short");
    return false;
}

void listings(std::string_view text) {
    for (const bool second : {true, false}) {
        const auto page = read_list(text, second);
        if (!taken(page)) continue;
        for (const listed_object& each : page->objects)
            fuzz::must(!each.key.empty(), "a listed object has a key");
    }
    if (const auto page = read_parts(text); taken(page))
        for (const finished_part& each : page->parts)
            fuzz::must(each.number >= 1 && each.number <= 10'000, "a part has a number");
    if (const auto page = read_uploads(text, "p/"); taken(page))
        for (const open_upload& each : page->uploads)
            fuzz::must(!each.key.empty() && !each.upload_id.empty(), "an upload has a name");
}

/// What can be written is read as it was.
void round_trips(std::string_view text) {
    const auto tags = read_tags(text);
    if (!taken(tags)) return;
    const auto written = write_tags(*tags);
    if (!written) return;
    const auto again = read_tags(*written);
    fuzz::must(again && *again == *tags, "tags survive being written");
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto text = fuzz::text_of(data, size);
    listings(text);
    round_trips(text);
    if (const auto id = read_upload_id(text); taken(id))
        fuzz::must(!id->empty(), "an upload has an id");
    if (const auto copied = read_copied(text, "CopyObjectResult"); taken(copied))
        fuzz::must(!copied->etag.empty(), "a copy has an ETag");
    if (const auto region = read_location(text); taken(region))
        fuzz::must(!region->empty(), "a bucket has a region");
    (void)taken(read_completed(text));
    (void)taken(read_removals(text));
    (void)taken(read_lifecycle(text));
    const bool is_error = read_error(text).has_value();
    pugi::xml_document document;
    if (const auto parsed = parse_xml(text, document); taken(parsed))
        fuzz::must(
            is_error == (local_name(root_of(document)) == "Error"), "an error is known by its root"
        );
    else
        fuzz::must(!is_error, "what is no XML is no error document");
    return 0;
}
