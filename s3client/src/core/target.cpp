// s3client: path and query, encoded once and sorted.
#include "target.hpp"

#include <sluice/base/text.hpp>

#include <algorithm>

namespace sluice::s3 {

const written_target& target_writer::write(std::string_view raw_path, const query_list& query) {
    written_.path.clear();
    append_percent_encoded_path(written_.path, raw_path);
    encoded_.clear();
    for (const query_item each : query) {
        name_.clear();
        append_percent_encoded(name_, each.name);
        value_.clear();
        append_percent_encoded(value_, each.value);
        encoded_.push_back({name_, value_});
    }
    sorted_.assign(encoded_.begin(), encoded_.end());
    std::sort(sorted_.begin(), sorted_.end(), [](const query_item& a, const query_item& b) {
        const int order = a.name.compare(b.name);
        return order != 0 ? order < 0 : a.value < b.value;
    });
    written_.query.clear();
    for (const query_item& each : sorted_) {
        if (!written_.query.empty()) written_.query += '&';
        written_.query.append(each.name).append("=").append(each.value);
    }
    return written_;
}

written_target write_target(std::string_view raw_path, const query_list& query) {
    target_writer writer;
    return writer.write(raw_path, query);
}

} // namespace sluice::s3
