// s3sim: the counters as JSON.
#include "core/counters.hpp"

namespace sluice::sim {

namespace counter_detail {

template <class Key>
std::string json_key(const Key& key) {
    if constexpr (std::is_same_v<Key, std::string>) {
        return '"' + key + '"';
    } else {
        return '"' + std::to_string(key) + '"';
    }
}

template <class Key>
std::string numbers(const std::map<Key, std::uint64_t>& from) {
    std::string out = "{";
    for (const auto& [key, value] : from) {
        if (out.size() > 1) out += ',';
        out += json_key(key) + ':' + std::to_string(value);
    }
    return out + '}';
}

std::string one_operation(const operation_counters& from) {
    return "{\"requests\":" + std::to_string(from.requests) +
           ",\"statuses\":" + numbers(from.statuses) +
           ",\"bytes_in\":" + std::to_string(from.bytes_in) +
           ",\"bytes_out\":" + std::to_string(from.bytes_out) + '}';
}

} // namespace counter_detail

std::string counters_document(const counters& from) {
    using namespace counter_detail;
    std::map<std::string, std::uint64_t> requests;
    std::map<unsigned, std::uint64_t> statuses;
    std::uint64_t in = 0, out = 0;
    std::string operations;
    for (const auto& [name, one] : from.operations) {
        requests[name] = one.requests;
        for (const auto& [status, count] : one.statuses)
            statuses[status] += count;
        in += one.bytes_in;
        out += one.bytes_out;
        operations += (operations.empty() ? "" : ",\n") + json_key(name) + ':' + one_operation(one);
    }
    return "{\"connections\":" + std::to_string(from.connections) +
           ",\"faults\":" + std::to_string(from.faults) + ",\"requests\":" + numbers(requests) +
           ",\"statuses\":" + numbers(statuses) + ",\"bytes_in\":" + std::to_string(in) +
           ",\"bytes_out\":" + std::to_string(out) + ",\n\"operations\":{" + operations + "}}\n";
}

} // namespace sluice::sim
