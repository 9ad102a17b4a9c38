//! The names of the tests, one to a row.

/// A test for each row of the table, which calls `$run` with its own name.
///
/// `rows!(everywhere, run)` leaves out the rows that take a socket, `rows!(sockets, run)` has all,
/// and `rows!(names)` is both lists of names.
#[macro_export]
macro_rules! rows {
    (everywhere, $run:path) => { $crate::rows!(@everywhere $run); };
    (sockets, $run:path) => {
        $crate::rows!(@everywhere $run);
        $crate::rows!(@sockets $run);
    };
    (names) => { [$crate::rows!(@everywhere), $crate::rows!(@sockets)] };
    (@tests $run:path: $($row:ident)*) => { $(#[test] fn $row() { $run(stringify!($row)); })* };
    (@tests: $($row:ident)*) => { &[$(stringify!($row)),*][..] };
    (@everywhere $($run:path)?) => {
        $crate::rows! { @tests $($run)?:
            t5_closed_without_a_byte
            t6_reset
            t8_a_kept_connection_closes
            t9_a_head_trickles
            t10_a_body_trickles
            t11_a_body_stalls
            t16_gone_for_a_while
            h1_shorter_than_declared
            h2_cut_at_the_end_of_the_connection
            h5_two_framings
            h7_without_end
            h10_odd_statuses
            h12_no_body
            h13_redirects
            h14_a_page_with_another_status
            h15_refusals
            h16_the_key_is_refused
            h17_a_proxy_wants_credentials
            h18_the_servers_trouble
            h19_not_to_be_had
            h20_wait_as_told
            h21_limited_for_ever
            h22_odd_resets
            h23_compressed_unasked
            h24_compressed_badly
            h25_html
            h27_contradicting_rate_limits
            h29_closed_with_every_page
            h31_a_limiter_that_says_nothing
            h32_two_faults_in_a_row
            j1_no_page
            j2_cut
            j3_a_byte_order_mark
            j4_invalid_utf8
            j5_half_a_surrogate_pair
            j6_controls_in_names
            j7_deep
            j8_large_numbers
            j9_keys_twice
            j10_segments
            j11_ids
            j12_names
            j13_tracking
            j14_tags
            j15_unknown_fields
            j16_another_message
            j17_text_behind_the_page
            j18_almost_json
            j19_odd_ids
            j20_odd_names
            p1_lengths
            p2_long_pages
            p3_a_short_page
            p4_the_same_page_for_ever
            p5_created_oldest_first
            p6_created_newest_first
            p7_archived
            p8_two_contents
            p9_no_order
            p10_pages_without_end
            p14_nothing
            p16_from_a_cache
        }
    };
    (@sockets $($run:path)?) => {
        $crate::rows! { @tests $($run)?:
            t1_no_such_name
            t2_refused
            t3_nobody_accepts
            h3_chunks
            h4_lengths
            h6_a_huge_length
            h8_a_large_head
            h9_no_http
            h11_interim_answers
            h26_odd_headers
            h28_bytes_behind_the_body
            h30_http_1_0
        }
    };
}
